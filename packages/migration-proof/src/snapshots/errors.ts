import { DiagnosedError, type Diagnosis } from '../errors.ts'

/** Thrown when the ledger is missing, cannot be read, is not what this version of the harness writes, or lacks a name. */
export class LedgerError extends DiagnosedError {
  override readonly name = 'LedgerError'
}

/** One fixture that is missing, that changed, or that cannot be made. */
export class FixtureError extends DiagnosedError {
  override readonly name = 'FixtureError'
  /** The fixture, as `refreeze` takes it: `snapshots/v1`, `schemas/v1`, `migrations/v1` or `base`. */
  readonly fixture: string

  constructor(fixture: string, diagnosis: Omit<Diagnosis, 'where'>, options?: ErrorOptions) {
    super({ where: fixture, ...diagnosis }, options)
    this.fixture = fixture
  }
}

/** A base that is no longer what the ledger pins. */
export class PinnedBaseError extends FixtureError {
  /** The path of its file; null where the config names none any more. */
  readonly file: string | null

  constructor(file: string | null, diagnosis: Omit<Diagnosis, 'where'>) {
    super('base', diagnosis)
    this.file = file
  }
}

/** A version that users may hold a file of, and no declared snapshot is of it. */
export class UndeclaredSnapshotError extends FixtureError {
  readonly version: number

  constructor(version: number) {
    super(`snapshots/v${version}`, {
      expected: `a declared snapshot of version ${version}`,
      actual: 'none',
      fix: 'declare it in the suite, with its origin and the releases that left it behind',
    })
    this.version = version
  }
}
