/** Which tables and indexes an upgrade wrote to, and what of a database is to be checked because of that. */
export interface IntegrityScope {
  /** Whether everything else goes through `quick_check` too. */
  readonly isWhole: boolean
  /** The tables of which each entry of each index is looked up, by `integrity_check`. */
  readonly inFull: readonly string[]
  /** The tables that go through `quick_check`, where not everything does. */
  readonly quickly: readonly string[]
  /** The partial indexes whose entries are counted against the rows of their condition. */
  readonly counted: readonly PartialIndex[]
  /** What that is, in words. */
  readonly detail: string
}

export interface PartialIndex {
  readonly name: string
  readonly table: string
}
