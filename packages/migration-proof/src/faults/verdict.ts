/** What is wrong with the database that a failure left behind. */
export type Defect =
  | 'unreadable'
  | 'damaged'
  | 'half-done'
  | 'acknowledged-lost'
  | 'rerun-failed'
  | 'rerun-wrong'
  | 'false-success'
  | 'unclear-error'

export const defects: readonly Defect[] = [
  'unreadable',
  'damaged',
  'half-done',
  'acknowledged-lost',
  'rerun-failed',
  'rerun-wrong',
  'false-success',
  'unclear-error',
]

/** Why a database is bad. The text names tables, codes and versions, never a value of a row. */
export interface Finding {
  readonly defect: Defect
  readonly detail: string
}

/** The database is exactly one version, whole, and the upgrade can be run again; or what is wrong. */
export type Verdict = { readonly outcome: 'whole'; readonly version: number } | BadVerdict

export interface BadVerdict extends Finding {
  readonly outcome: 'bad'
}

export function bad(defect: Defect, detail: string): BadVerdict {
  return { outcome: 'bad', defect, detail }
}

/** A version that someone was told of must not vanish. */
export function requireVersion(verdict: Verdict, acknowledgedVersion: number): Verdict {
  if (verdict.outcome === 'bad' || verdict.version >= acknowledgedVersion) return verdict
  return bad(
    'acknowledged-lost',
    `version ${verdict.version} after version ${acknowledgedVersion} was there for good`,
  )
}
