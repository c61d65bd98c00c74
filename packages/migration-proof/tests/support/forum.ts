import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { latestVersionOf } from '../../src/migrator/plan.ts'
import { packageFolder, type Run, type RunOptions, runCommandLine } from './command-line.ts'
import forum from './forum/migration-proof.config.js'
import { type ScratchProject, startProject } from './scratch-project.ts'

export { forum }

/** The folder of the forum's project. What is frozen in it stays as it is: tests that change it take a copy. */
export const forumFolder = fileURLToPath(new URL('forum', import.meta.url))

export const latest = latestVersionOf(forum.plan)

/** Runs the command line on the forum. */
export function runOnForum(parameters: readonly string[], options: RunOptions = {}): Run {
  return runCommandLine(parameters, { cwd: forumFolder, ...options })
}

/** A copy of the forum's project, committed to `main`. */
export function copyForum(): ScratchProject {
  return startProject(({ folder, write }) => {
    cpSync(forumFolder, folder, { recursive: true })
    symlinkSync(join(packageFolder, '../../node_modules'), join(folder, 'node_modules'), 'junction')
    write('.gitignore', 'node_modules\n')
  })
}
