import { createHash, createHmac } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type {
  EncodedRow,
  EncodedValue,
  EngineAnswers,
  EngineReply,
  EngineRequest,
} from './engine-protocol.ts'
import { printReply } from './print-reply.ts'
import { type FromWorker, type ToWorker, workerScript } from './workerd-script.ts'

/**
 * A program of its own, which Node runs: it starts workerd by a project's own miniflare, and answers each line of its input, a
 * request in JSON, with a line of its output. A database is a file in the folder where workerd keeps those of Durable Objects,
 * or those of D1.
 *
 * A Durable Object has no statement BEGIN: its worker asks this program for one statement after the other, inside of
 * `storage.transaction()` where a transaction is open. A batch is a `batch()` of D1, or a `transactionSync()` of a Durable Object.
 */

/** What is used of miniflare, whose types a project need not have. */
interface Miniflare {
  readonly ready: Promise<unknown>
  getDurableObjectNamespace(binding: string): Promise<Namespace>
  getD1Database(binding: string): Promise<D1Database>
  dispose(): Promise<void>
}

interface Namespace {
  newUniqueId(): object
  get(id: object): { fetch(url: string): Promise<{ text(): Promise<string> }> }
}

interface D1Database {
  prepare(sql: string): object
  batch(statements: readonly object[]): Promise<readonly { readonly results: readonly object[] }[]>
}

type NewMiniflare = new (options: object) => Miniflare

/** An error of workerd, with the number of the statement that caused it. */
class StatementError extends Error {
  readonly index: number | null

  constructor(message: string, index: number | null) {
    super(message)
    this.index = index
  }
}

/** How many databases of D1 a workerd has: each has a binding, and these are made at the start, 20 ms each. */
const d1Databases = 24

/** The name of the worker, and by it that of the folder of its files. */
const workerName = 'engine'

const root = mkdtempSync(join(tmpdir(), 'workerd-host-'))
process.on('exit', () => rmSync(root, { recursive: true, force: true }))

/** A Durable Object that asks for statements. */
class Session {
  readonly file: string
  #depth = 0
  readonly #names: string[] = []
  #answer: ((answer: FromWorker) => void) | null = null
  #next: ((request: ToWorker) => void) | null = null
  #ended: Promise<unknown> = Promise.resolve()
  /** Why nothing asks for statements any more: workerd ends an object whose transaction waits for 30 seconds. */
  #end: string | null = null

  constructor(file: string) {
    this.file = file
  }

  get isInTransaction(): boolean {
    return this.#depth > 0
  }

  /** @param call starts the worker, which asks for statements until the end */
  async start(call: () => Promise<unknown>): Promise<void> {
    const ready = this.#wait()
    const end = (reason: string) => {
      this.#end = reason
      // The answer that is waited for never comes.
      this.#answer?.({ error: reason, index: null })
    }
    this.#ended = call().then(
      () => end('the Durable Object has ended'),
      (error: unknown) => end(error instanceof Error ? error.message : String(error)),
    )
    await ready
  }

  /** Called by the worker, with its last answer. */
  pull(answer: FromWorker): Promise<ToWorker> {
    return new Promise((resolve) => {
      this.#next = resolve
      this.#answer?.(answer)
    })
  }

  async run(sql: string): Promise<readonly EncodedRow[]> {
    const [, verb = '', rest = ''] = /^\s*(\w+)([^;]*)/.exec(sql) ?? []
    const name = rest.trim().split(/\s+/).at(-1) ?? ''
    switch (verb.toUpperCase()) {
      case 'BEGIN':
        if (this.isInTransaction) throw new Error('cannot start a transaction within a transaction')
        return this.#begin('')
      case 'SAVEPOINT':
        return this.#begin(name)
      case 'COMMIT':
      case 'END':
        return this.#leave(0, false)
      case 'RELEASE':
        return this.#leave(this.#find(name), false)
      case 'ROLLBACK': {
        if (!/^\s*(?:TRANSACTION\s+)?TO\b/i.test(rest)) return this.#leave(0, true)
        await this.#leave(this.#find(name), true)
        return this.#begin(name)
      }
    }
    const { rows = [] } = await this.#ask({ kind: 'run', sql })
    return rows
  }

  async batch(
    statements: readonly string[],
    isTransaction: boolean,
  ): Promise<readonly (readonly EncodedRow[])[]> {
    const { results = [] } = await this.#ask({ kind: 'batch', statements, isTransaction })
    return results
  }

  /** Leaves nothing to be written. What is open is rolled back. */
  async close(): Promise<void> {
    if (this.isInTransaction && this.#end === null) await this.#leave(0, true)
    this.#next?.({ kind: 'end', isRollback: false })
    await this.#ended
  }

  #find(name: string): number {
    const found = this.#names.lastIndexOf(name)
    if (found === -1) throw new Error(`no such savepoint: ${name}`)
    return found
  }

  async #begin(name: string): Promise<readonly EncodedRow[]> {
    await this.#ask({ kind: 'begin' })
    this.#names.push(name)
    this.#depth++
    return []
  }

  /** Ends the transactions from the innermost one to that of a number. */
  async #leave(number: number, isRollback: boolean): Promise<readonly EncodedRow[]> {
    if (!this.isInTransaction) throw new Error('no transaction is active')
    while (this.#depth > number) {
      this.#depth--
      this.#names.pop()
      await this.#ask({ kind: 'end', isRollback })
    }
    return []
  }

  async #ask(request: ToWorker): Promise<Extract<FromWorker, { rows?: unknown }>> {
    if (this.#end !== null) throw new StatementError(this.#end, null)
    const answered = this.#wait()
    this.#next?.(request)
    const answer = await answered
    if ('error' in answer) throw new StatementError(answer.error, answer.index)
    return answer
  }

  #wait(): Promise<FromWorker> {
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }
}

/** Where the contents of a database are: the file of a Durable Object, of D1, or one that neither has opened yet. */
type Holder =
  | { readonly kind: 'session'; readonly session: Session; readonly file: string }
  | { readonly kind: 'd1'; readonly database: D1Database; readonly file: string }
  | { readonly kind: 'file'; readonly file: string }

/** A workerd, with its folder, and how many of its databases of D1 were used. */
interface Running {
  readonly miniflare: Miniflare
  readonly folder: string
  used: number
}

let start: () => Promise<Running> = () => Promise.reject(new Error('no engine is loaded'))
let isD1 = false
const workerds: Running[] = []
const sessions = new Map<string, Session>()
const databases = new Map<number, { readonly path: string; holder: Holder }>()
let opened = 0

async function load(entry: string, options: Readonly<Record<string, unknown>>): Promise<string> {
  const { Miniflare }: { Miniflare: NewMiniflare } = await import(pathToFileURL(entry).href)
  start = async () => {
    const folder = join(root, `${workerds.length}`)
    const miniflare = new Miniflare({
      compatibilityDate: '2025-01-01',
      ...options,
      name: workerName,
      modules: true,
      script: workerScript,
      durableObjects: { DATABASES: { className: 'Database', useSQLite: true } },
      durableObjectsPersist: join(folder, 'do'),
      d1Databases: Object.fromEntries(
        Array.from({ length: isD1 ? d1Databases : 0 }, (_, n) => [`D${n}`, `d${n}`]),
      ),
      d1Persist: join(folder, 'd1'),
      serviceBindings: { HOST: serve },
    })
    await miniflare.ready
    const running = { miniflare, folder, used: 0 }
    workerds.push(running)
    return running
  }
  return process.versions.node
}

async function serve(request: Request): Promise<Response> {
  const session = sessions.get(new URL(request.url).pathname.slice(1))
  if (session === undefined) return new Response(null, { status: 404 })
  const answered: FromWorker = JSON.parse(await request.text())
  return new Response(JSON.stringify(await session.pull(answered)))
}

/** Puts a closed file where workerd will look for it. */
function place(from: string, to: string): void {
  mkdirSync(join(to, '..'), { recursive: true })
  for (const ending of ['', '-wal']) if (existsSync(from + ending)) copyFileSync(from + ending, to + ending)
}

async function sessionOf(number: number): Promise<Session> {
  const database = databaseOf(number)
  const { holder } = database
  if (holder.kind === 'session') return holder.session
  const { miniflare, folder } = workerds[0] ?? (await start())
  const namespace = await miniflare.getDurableObjectNamespace('DATABASES')
  const id = namespace.newUniqueId()
  const name = id.toString()
  const file = join(folder, 'do', `${workerName}-Database`, `${name}.sqlite`)
  place(holder.file, file)
  const session = new Session(file)
  sessions.set(name, session)
  await session.start(() =>
    namespace
      .get(id)
      .fetch('http://worker/')
      .then((response) => response.text()),
  )
  database.holder = { kind: 'session', session, file }
  return session
}

async function d1Of(number: number): Promise<D1Database> {
  const entry = databaseOf(number)
  const { holder } = entry
  if (holder.kind === 'd1') return holder.database
  if (holder.kind === 'session') await endSession(holder.session)
  const running = workerds.find(({ used }) => used < d1Databases) ?? (await start())
  const slot = running.used++
  const file = join(running.folder, 'd1', 'miniflare-D1DatabaseObject', `${fileIdOf(`d${slot}`)}.sqlite`)
  place(holder.file, file)
  const database = await running.miniflare.getD1Database(`D${slot}`)
  entry.holder = { kind: 'd1', database, file }
  return database
}

/** By which workerd names the file of a database of D1, which it keeps as a Durable Object of that name. */
function fileIdOf(name: string): string {
  const key = createHash('sha256').update('miniflare-D1DatabaseObject').digest()
  const sign = (data: string | Buffer) => createHmac('sha256', key).update(data).digest().subarray(0, 16)
  const named = sign(name)
  return Buffer.concat([named, sign(named)]).toString('hex')
}

async function endSession(session: Session): Promise<void> {
  await session.close()
  for (const [name, known] of sessions) if (known === session) sessions.delete(name)
}

function databaseOf(number: number) {
  const database = databases.get(number)
  if (database === undefined) throw new Error(`database ${number} is not open`)
  return database
}

async function runBatch(
  number: number,
  statements: readonly string[],
  isTransaction: boolean,
): Promise<readonly (readonly EncodedRow[])[]> {
  if (!isD1) return (await sessionOf(number)).batch(statements, isTransaction)
  const database = await d1Of(number)
  try {
    const results = await database.batch(statements.map((sql) => database.prepare(sql)))
    return results.map((result) => result.results.map(encodeRow))
  } catch (error) {
    // D1 does not say which statement it was: a Durable Object with the same rows refuses the same one.
    const message = error instanceof Error ? error.message : String(error)
    const index = await findRefused(number, statements)
    throw new StatementError(message.replace(/^D1_ERROR: /, ''), index)
  }
}

async function findRefused(number: number, statements: readonly string[]): Promise<number | null> {
  const session = await sessionOf(number)
  try {
    await session.batch(statements, true)
    return null
  } catch (error) {
    return error instanceof StatementError ? error.index : null
  }
}

/** D1 gives numbers alone: what it is asked for in a batch are counts. */
function encodeRow(row: object): EncodedRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]): [string, EncodedValue] => {
      if (typeof value === 'number')
        return [name, Number.isInteger(value) ? { integer: `${value}` } : { real: `${value}` }]
      return [name, value === null || typeof value === 'string' ? value : JSON.stringify(value)]
    }),
  )
}

async function close(number: number): Promise<null> {
  const { path, holder } = databaseOf(number)
  databases.delete(number)
  if (holder.kind === 'session') await endSession(holder.session)
  if (holder.kind !== 'file' && path !== ':memory:') place(holder.file, path)
  return null
}

async function answer(request: EngineRequest): Promise<EngineAnswers[EngineRequest['kind']]> {
  switch (request.kind) {
    case 'load':
      isD1 = request.engine === 'd1'
      return { runtime: await load(request.entry ?? '', request.options) }
    case 'open':
      databases.set(opened, { path: request.path, holder: { kind: 'file', file: request.path } })
      return opened++
    case 'run':
      return (await sessionOf(request.database)).run(request.sql)
    case 'batch':
      return runBatch(request.database, request.statements, request.isTransaction)
    case 'in-transaction': {
      const { holder } = databaseOf(request.database)
      return holder.kind === 'session' && holder.session.isInTransaction
    }
    case 'close':
      return close(request.database)
  }
}

/** workerd adds the code to the message: `…: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)`. */
function toFailure(error: unknown): EngineReply {
  const text = error instanceof Error ? error.message : String(error)
  const [, message = text, code = null, extended = code] =
    /^(.*?): (SQLITE_\w+)(?: \(extended: (SQLITE_\w+)\))?$/s.exec(text) ?? []
  return { failure: { message, code: extended, index: error instanceof StatementError ? error.index : null } }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    printReply({ value: await answer(JSON.parse(line)) })
  } catch (error) {
    printReply(toFailure(error))
  }
}
// What they still do is of no interest: their files are removed.
await Promise.allSettled(workerds.map(({ miniflare }) => miniflare.dispose()))
process.exit()
