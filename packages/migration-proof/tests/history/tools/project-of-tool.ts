import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import { makeLinkedProject } from '../../support/linked-project.ts'
import type { ScratchProject } from '../../support/scratch-project.ts'
import { prepareTools } from './prepare-tools.ts'

/** A project that has a tool installed, with the packages beside it, and this package. */
export function makeProjectOf(
  tools: string | readonly string[],
  files: Readonly<Record<string, string>>,
): ScratchProject {
  const project = makeLinkedProject(files)
  const modules = join(project.folder, 'node_modules')
  for (const tool of [tools].flat()) {
    mkdirSync(dirname(join(modules, tool)), { recursive: true })
    symlinkSync(join(prepareTools().folder, 'node_modules', tool), join(modules, tool))
  }
  return project
}

/** Runs a script of a project in a process of its own. @returns what it prints, as JSON */
export function runScript({ folder }: ScratchProject, script: string, ...values: readonly string[]): unknown {
  return JSON.parse(
    execFileSync(process.execPath, [script, ...values], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }),
  )
}

/** Expects that files hold the same rows for each query. */
export function readSame(
  { folder }: ScratchProject,
  files: readonly [string, string],
  queries: readonly string[],
): void {
  const [first, second] = files.map((file) => {
    const database = new Database(join(folder, file), { readonly: true })
    const rows = queries.map((sql) => database.prepare(sql).all())
    database.close()
    return rows
  })
  expect(first).toEqual(second)
}
