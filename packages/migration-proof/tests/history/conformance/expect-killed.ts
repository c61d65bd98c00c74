import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { openFile } from '../../../src/engines/better-sqlite3.ts'
import type { Step } from './cases.ts'
import { openPair, readContent } from './compare.ts'
import { same } from './expect-same.ts'
import type { Program, Tool } from './tools.ts'

const first: Step = { number: 1, name: 'first', sql: 'CREATE TABLE whole (id INTEGER PRIMARY KEY);\n' }
const half = 'CREATE TABLE half (id INTEGER);\nINSERT INTO half VALUES (1);\n'
const rest = 'CREATE TABLE other (id INTEGER);\n'
const endless =
  'INSERT INTO half WITH RECURSIVE one (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM one WHERE i > 0) SELECT count(*) FROM one'
const second = (middle: string): Step => ({ number: 2, name: 'second', sql: `${half}${middle}${rest}` })

/** Whether a process is in the middle of the second migration: it has written, or holds what it will write. */
function isInside(path: string): boolean {
  const hasBytes = (file: string, bytes: number) => existsSync(file) && statSync(file).size > bytes
  if (existsSync(`${path}-journal`)) return true
  if (!hasBytes(path, 0)) return false
  const database = openFile(path, { readonly: true })
  try {
    return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'half'").get() !== undefined
  } catch {
    // It is locked.
    return false
  } finally {
    database.close()
  }
}

/** Kills a program, and what it has started, once it is in the middle. */
async function killInside({ command, parameters, cwd, env, path, collect }: Program, settle?: number) {
  const child = spawn(command, parameters, {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'ignore',
    detached: true,
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} did not start`)
  try {
    for (const until = Date.now() + 30_000; settle === undefined && !isInside(path); await setTimeout(20))
      if (Date.now() > until || child.exitCode !== null) throw new Error('it is never in the middle')
    // What it writes to memory alone shows nowhere.
    await setTimeout(settle ?? 200)
  } finally {
    process.kill(-pid, 'SIGKILL')
    await ended
  }
  collect?.()
}

/**
 * Expects that the program of a tool, killed in the middle of a migration, leaves what its rules leave when they are stopped there,
 * and that both do the same when they are started again.
 */
export async function expectSameKilled(scratch: string, tool: Tool): Promise<void> {
  const { program, settle } = tool
  if (program === undefined) throw new Error(`${tool.name} is no program`)
  const pair = openPair(scratch, tool)
  pair.write([first])
  same(await pair.applyReal(), pair.applyEmulated())
  pair.write([first, second(`${endless};\n`)])
  await killInside(program(pair.folder, pair.real), settle)
  pair.applyEmulated('INSERT INTO half WITH')
  expect(readContent(tool, pair.emulated)).toEqual(readContent(tool, pair.real))
  // The same migration without the statement that never ends.
  pair.write([first, second('')])
  const emulated = pair.applyEmulated()
  const real = await pair.applyReal()
  if (emulated.end === 'misfit' && tool.does.changed !== undefined) {
    expect(emulated.problem.kind).toBe('unfinished')
    expect(real.outcome).toBe('failed')
  } else same(real, emulated)
}
