import { foldName } from '../../sql/names.ts'
import { ownStatement } from '../../sql/own-statements.ts'
import { significantTokens, type Token, unquote } from '../../sql/tokens.ts'

/** The savepoint that stands for a transaction of the task. */
const base = '"migration-proof task"'

/** An error that SQLite would give, were the transaction that of the task. */
class TransactionStateError extends Error {
  override readonly name = 'SqliteError'
  readonly code = 'SQLITE_ERROR'
}

/** Whether a statement begins or ends a transaction or a savepoint. */
export function isTransactionControl(statement: string): boolean {
  return /^(?:BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b/i.test(statement)
}

/**
 * The transactions of a task inside one of the harness, which stays open: each is a savepoint, with the errors that SQLite
 * has for a transaction.
 */
export class NestedTransactions {
  readonly #exec: (sql: string) => void
  /** Null while the task has no transaction. */
  #begun: 'transaction' | 'savepoint' | null = null
  /** The savepoints of the task itself, the outermost first. */
  #names: string[] = []
  readonly #numbers = new SavepointNumbers()

  constructor(exec: (sql: string) => void) {
    this.#exec = exec
  }

  /** Whether the task has a transaction, as it would see it on a connection of its own. */
  get isOpen(): boolean {
    return this.#begun !== null
  }

  /** Runs a statement for which `isTransactionControl` holds. */
  run(statement: string): void {
    const tokens = significantTokens(statement).filter(({ text }) => text !== ';')
    const words = tokens.map(({ kind, text }) => (kind === 'word' ? foldName(text) : ''))
    const last = tokens.at(-1)
    const name = last === undefined ? '' : foldName(unquote(last))
    const numbered = last === undefined ? statement : this.#numbers.renumber(statement, last, name)
    const verb = words[0] === 'rollback' && words.slice(1, 3).includes('to') ? 'rollback to' : words[0]
    if (verb === 'begin') this.#begin()
    else if (verb === 'commit' || verb === 'end') this.#end('commit')
    else if (verb === 'rollback') this.#end('rollback')
    else if (verb === 'savepoint') this.#save(numbered, name)
    else this.#use(numbered, name, verb === 'release')
  }

  /** Ends what the task has left open, without it. */
  undo(): void {
    if (this.isOpen) this.#end('rollback')
  }

  #begin(): void {
    if (this.isOpen) throw new TransactionStateError('cannot start a transaction within a transaction')
    this.#exec(ownStatement(`SAVEPOINT ${base}`))
    this.#begun = 'transaction'
  }

  #end(how: 'commit' | 'rollback'): void {
    if (!this.isOpen) throw new TransactionStateError(`cannot ${how} - no transaction is active`)
    if (how === 'rollback') this.#exec(ownStatement(`ROLLBACK TO ${base}`))
    this.#exec(ownStatement(`RELEASE ${base}`))
    this.#begun = null
    this.#names = []
  }

  #save(statement: string, name: string): void {
    if (!this.isOpen) {
      this.#exec(ownStatement(`SAVEPOINT ${base}`))
      this.#begun = 'savepoint'
    }
    this.#exec(statement)
    this.#names.push(name)
  }

  #use(statement: string, name: string, isRelease: boolean): void {
    const index = this.#names.lastIndexOf(name)
    // Those of the harness are not the task's to use.
    if (index === -1) throw new TransactionStateError(`no such savepoint: ${name}`)
    this.#exec(statement)
    this.#names.length = isRelease ? index : index + 1
    if (this.#names.length === 0 && this.#begun === 'savepoint') this.#end('commit')
  }
}

/**
 * The numbers at the end of the names of savepoints. Tools count them in a whole process; here they begin at 1 in each call, in the
 * order in which they come, so that a migration asks for the same statements each time.
 */
class SavepointNumbers {
  readonly #numbers = new Map<string, number>()
  readonly #counts = new Map<string, number>()

  /** @param token the name as it stands in the statement */
  renumber(statement: string, { text, start }: Token, name: string): string {
    const stem = name.replace(/\d+$/, '')
    if (stem === name) return statement
    const number = this.#numbers.get(name) ?? (this.#counts.get(stem) ?? 0) + 1
    this.#numbers.set(name, number)
    this.#counts.set(stem, Math.max(number, this.#counts.get(stem) ?? 0))
    const renamed = text.replace(/\d+(?=\D?$)/, `${number}`)
    return statement.slice(0, start) + renamed + statement.slice(start + text.length)
  }
}
