import { join } from 'node:path'
import type { Programs, StepKind } from './steps.ts'
import type { ViolationKind } from './violations.ts'

/** A program that makes a mistake, in place of the real one, to show that the test finds it. */
export interface Canary {
  readonly mistake: string
  readonly programs: Partial<Programs>
  /** The steps in which the mistake shows. */
  readonly weights: Readonly<Partial<Record<StepKind, number>>>
  /** What it is found as, one of them. */
  readonly foundAs: readonly ViolationKind[]
}

export function listCanaries(project: string): Readonly<Record<string, Canary>> {
  const program = (name: string) => [process.execPath, join(project, 'tests', 'torture', 'canaries', name)]
  return {
    'lost-locks': {
      mistake: 'a server that reads its open file by a descriptor of its own, and so loses its locks',
      programs: { look: 'misread' },
      weights: { 'use a served file': 1 },
      foundAs: ['lost-row'],
    },
    'stale-sidecars': {
      mistake: 'a restore that leaves the log of the file that was there',
      programs: { commandLine: program('stale-sidecars.mjs') },
      weights: { 'restore to a missing file': 1 },
      foundAs: ['damaged', 'wrong-rows'],
    },
    'shared-draft': {
      mistake: 'upgrades that share the name of a draft, and remove that of each other',
      programs: { commandLine: program('shared-draft.mjs') },
      weights: { 'upgrade two files at once': 1 },
      foundAs: ['wrong-backup'],
    },
  }
}
