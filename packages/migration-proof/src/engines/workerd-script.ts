import type { EncodedRow } from './engine-protocol.ts'

/** What a Durable Object is asked to do. */
export type ToWorker =
  | { readonly kind: 'run'; readonly sql: string }
  | { readonly kind: 'batch'; readonly statements: readonly string[]; readonly isTransaction: boolean }
  | { readonly kind: 'begin' }
  | { readonly kind: 'end'; readonly isRollback: boolean }

/** Its answers; the first one only says that it is ready. */
export type FromWorker =
  | { readonly rows?: readonly EncodedRow[]; readonly results?: readonly (readonly EncodedRow[])[] }
  | { readonly error: string; readonly index: number | null }

/**
 * The worker, as workerd loads it. `sql.exec()` gives an INTEGER and a REAL alike as a number, and an INTEGER beyond 2^53 as
 * another one: a SELECT is run inside another one, which adds the type to each value.
 */
export const workerScript = `
import { DurableObject } from 'cloudflare:workers'

const encode = (value) => {
  if (value === null) return null
  if (typeof value === 'number') return { real: Object.is(value, -0) ? '-0' : String(value) }
  if (typeof value === 'string') return value.startsWith('i') ? { integer: value.slice(1) } : value.slice(1)
  let text = ''
  for (const byte of new Uint8Array(value)) text += String.fromCharCode(byte)
  return { blob: btoa(text) }
}
const encodePlain = (value) =>
  typeof value === 'number' && Number.isInteger(value) ? { integer: String(value) }
  : typeof value === 'string' ? value : encode(value)

const toRows = (names, rows, encoded) =>
  rows.map((row) => Object.fromEntries(row.map((value, index) => [names[index], encoded(value)])))

export class Database extends DurableObject {
  #run(sql) {
    const exec = (text) => this.ctx.storage.sql.exec(text)
    if (/^\\s*(?:SELECT|VALUES|WITH)\\b/i.test(sql)) {
      const inner = sql.trim().replace(/;$/, '') + '\\n'
      let names = null
      try {
        names = exec('SELECT * FROM (' + inner + ') LIMIT 0').columnNames
      } catch {
        // One that writes, or that is too long inside another one.
      }
      if (names !== null) {
        const columns = names.map((_, index) => 'c' + index)
        const typed = columns.map((c) => 'CASE typeof(' + c + ") WHEN 'integer' THEN 'i' || " + c + " WHEN 'text' THEN 't' || " + c + ' ELSE ' + c + ' END')
        const text = 'WITH typed_result (' + columns + ') AS MATERIALIZED (' + inner + ') SELECT ' + typed + ' FROM typed_result'
        return toRows(names, [...exec(text).raw()], encode)
      }
    }
    const cursor = exec(sql)
    return toRows(cursor.columnNames, [...cursor.raw()], encodePlain)
  }

  #batch({ statements, isTransaction }) {
    let index = null
    const work = () => {
      const results = statements.map((sql, position) => {
        index = position
        return this.#run(sql)
      })
      index = null
      return results
    }
    try {
      return { results: isTransaction ? this.ctx.storage.transactionSync(work) : work() }
    } catch (error) {
      return { error: error.message, index }
    }
  }

  async #serve(answer) {
    for (;;) {
      const address = 'http://host/' + this.ctx.id.toString()
      const response = await this.env.HOST.fetch(address, { method: 'POST', body: JSON.stringify(answer) })
      const request = await response.json()
      if (request.kind === 'end') return request
      try {
        if (request.kind === 'begin') {
          await this.ctx.storage.transaction(async (transaction) => {
            const { isRollback } = await this.#serve({})
            if (isRollback) transaction.rollback()
          })
          answer = {}
        } else answer = request.kind === 'batch' ? this.#batch(request) : { rows: this.#run(request.sql) }
      } catch (error) {
        answer = { error: error.message, index: null }
      }
    }
  }

  async fetch() {
    await this.#serve({})
    return new Response()
  }
}

export default { fetch: () => new Response() }
`
