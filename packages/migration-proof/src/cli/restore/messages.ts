import type { RestoreReport } from '../../upgrade/restore-file.ts'
import type { Subject } from '../subject.ts'
import type { SentError } from '../upgrade/messages.ts'

/** The task of the worker. */
export interface RestoreTask {
  readonly configFile: string
  readonly path: string
  readonly backup: string
  readonly isForced: boolean
  /**
   * Two 32-bit numbers. The first is one of {@link restoreStates}, which each side changes from `working` alone. The second
   * is 1 once the worker may make files: it sets that before it looks whether it is to stop.
   */
  readonly state: SharedArrayBuffer
}

export const restoreStates = {
  working: 0,
  /** The user has asked the work to stop. */
  stopped: 1,
  /** The file is being replaced: from here on, it is finished. */
  replacing: 2,
} as const

/** What the worker sends. The last message is `done` or `failed`. */
export type RestoreMessage =
  | { readonly kind: 'subject'; readonly subject: Subject }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'progress'; readonly copiedPages: number; readonly totalPages: number }
  /** A folder of this run that could not be removed. */
  | { readonly kind: 'left'; readonly path: string }
  | { readonly kind: 'done'; readonly report: RestoreReport }
  | { readonly kind: 'failed'; readonly error: SentError }
