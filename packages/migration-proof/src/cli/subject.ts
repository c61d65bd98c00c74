import type { Suite } from '../proof/suite.ts'
import { shownPath } from './config-file.ts'

/** What a command works on, so that its first line can say so. */
export interface Subject {
  /** The name of the suite; null where it cannot be loaded. */
  readonly name: string | null
  /** Null where only results of it were read. */
  readonly latestVersion: number | null
  /** The path of its config, or of the results that were read. */
  readonly file: string
}

let subject: Subject | null = null

/** Notes on what the command works. The first suite is it: others are compared with it. */
export function setSubject(loaded: Subject): void {
  if (subject === null || subject.name === null) subject = loaded
}

/** What is to be noted of a suite. */
export function subjectOf({ name, plan }: Suite, file: string): Subject {
  return { name, latestVersion: plan.migrations.length, file }
}

/** The name of the suite that the command works on; null where there is none. */
export function subjectName(): string | null {
  return subject?.name ?? null
}

/** The first line of a command, such as `notes, v1 to v3 (migration-proof.config.ts)`; null where no config was loaded. */
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
