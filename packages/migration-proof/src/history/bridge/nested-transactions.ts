import { foldName } from '../../sql/names.ts'
import { ownStatement } from '../../sql/own-statements.ts'
import { significantTokens, unquote } from '../../sql/tokens.ts'

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

  constructor(exec: (sql: string) => void) {
    this.#exec = exec
  }

  /** Whether the task has a transaction, as it would see it on a connection of its own. */
  get isOpen(): boolean {
    return this.#begun !== null
  }

  /** Runs a statement for which `isTransactionControl` holds. */
  run(statement: string): void {
    const tokens = significantTokens(statement)
    const words = tokens.map(({ kind, text }) => (kind === 'word' ? foldName(text) : ''))
    const last = tokens.at(-1)
    const name = last === undefined ? '' : foldName(unquote(last))
    const verb = words[0] === 'rollback' && words.slice(1, 3).includes('to') ? 'rollback to' : words[0]
    if (verb === 'begin') this.#begin()
    else if (verb === 'commit' || verb === 'end') this.#end('commit')
    else if (verb === 'rollback') this.#end('rollback')
    else if (verb === 'savepoint') this.#save(statement, name)
    else this.#use(statement, name, verb === 'release')
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
