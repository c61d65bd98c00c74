import { type FoundInMigration, findInMigration } from '../../findings/find-weaknesses.ts'
import { openFindingsSubject } from '../../findings/subject.ts'
import { type MigrationTrial, reachVersions, tryMigration } from '../../findings/trial.ts'
import { loadConfig } from '../load-config.ts'
import type { JobRunner } from '../process/pool.ts'

/** A migration to try on synthetic rows. */
export interface MigrationJob {
  readonly version: number
  readonly isQuick: boolean
}

/** What a trial showed, as plain data: a migration has a function. */
export interface MigrationFindings {
  readonly trial: Omit<MigrationTrial, 'migration'>
  readonly found: FoundInMigration
}

/** What each thread of `lint` does. */
export async function prepare(configFile: string): Promise<JobRunner<MigrationJob, MigrationFindings>> {
  const suite = await loadConfig(configFile)
  const reached = reachVersions(suite)
  return {
    run: ({ version, isQuick }) => {
      const step = reached.steps.find(({ migration }) => migration.version === version)
      if (step === undefined) throw new Error(`This thread has no migration v${version}`)
      const tried = tryMigration(suite, step)
      const { migration: _, ...trial } = tried
      const subject = openFindingsSubject(suite, isQuick, reached, [])
      return { trial, found: findInMigration(subject, tried) }
    },
  }
}
