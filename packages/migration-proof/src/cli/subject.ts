import { shownPath } from '../errors.ts'
import type { Suite } from '../proof/suite.ts'

/** What a command works on, for its first line of output. */
export interface Subject {
  /** The name of the suite; null if it cannot be loaded. */
  readonly name: string | null
  /** Null if only its results were read. */
  readonly latestVersion: number | null
  /** The path of its config, or of the results that were read. */
  readonly file: string
}

let subject: Subject | null = null

/** Records what the command works on: the first suite. Later ones are only compared with it. */
export function setSubject(loaded: Subject): void {
  if (subject === null || subject.name === null) subject = loaded
}

/** The subject of a suite. */
export function subjectOf({ name, plan }: Suite, file: string): Subject {
  return { name, latestVersion: plan.migrations.length, file }
}

/** The name of the suite that the command works on; null if there is none. */
export function subjectName(): string | null {
  return subject?.name ?? null
}

/** The first line of a command, such as `notes, v1 to v3 (migration-proof.config.ts)`; null if no config was loaded. */
export function subjectLine(): string | null {
  if (subject === null) return null
  const { name, latestVersion } = subject
  const shown = shownPath(subject.file)
  if (name === null) return `${shown} (it cannot be loaded)`
  const versions = latestVersion === null ? '' : `, ${describeVersions(latestVersion)}`
  return `${name}${versions} (${shown})`
}

function describeVersions(latest: number): string {
  if (latest === 0) return 'no versions'
  return latest === 1 ? 'v1' : `v1 to v${latest}`
}
