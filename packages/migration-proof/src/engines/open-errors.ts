import { DiagnosedError, type Diagnosis } from '../errors.ts'

/** Why a file could not be opened as a database. */
export type OpenFailure =
  | 'name'
  | 'missing'
  | 'directory'
  | 'not-a-file'
  | 'not-readable'
  | 'not-writable'
  | 'not-a-database'
  | 'newer-format'
  | 'encrypted'
  | 'truncated'
  | 'damaged'
  | 'busy'
  | 'orphaned-wal'
  | 'journal'
  | 'setting-refused'

/** Thrown when a file is no usable database. The file was not changed. */
export class DatabaseOpenError extends DiagnosedError {
  override readonly name = 'DatabaseOpenError'
  readonly reason: OpenFailure

  constructor(reason: OpenFailure, diagnosis: Diagnosis, options?: ErrorOptions) {
    super(diagnosis, options)
    this.reason = reason
  }
}
