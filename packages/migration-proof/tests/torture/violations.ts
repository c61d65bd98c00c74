/** What kind of promise was broken. */
export type ViolationKind =
  | 'lost-row'
  | 'wrong-rows'
  | 'half-version'
  | 'damaged'
  | 'missing-file'
  | 'wrong-backup'
  | 'lost-backup'
  | 'bystander-touched'
  | 'readable-by-others'
  | 'wrong-owner'
  | 'leftover'
  | 'changed-on-refusal'
  | 'refused'
  | 'untrue'
  | 'wrong-exit-code'
  | 'unclear-error'
  | 'bad-json'
  | 'hanging'

/** A promise that was broken, and how it shows. */
export interface Violation {
  readonly kind: ViolationKind
  readonly text: string
}
