// Goal: a faulty history of each kind is reported by a code of that kind, its correct counterpart by none, and the command
// that says so fails where it is not so.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { packageFolder } from '../support/command-line.ts'
import { type History, histories } from './histories.ts'

function runHistories(given: readonly History[]) {
  const folder = makePrivateFolder()
  try {
    const file = join(folder.path, 'histories.json')
    writeFileSync(file, JSON.stringify(given))
    const call = [join(packageFolder, 'bench/run.mjs'), 'histories', '--file', file, '--verbose']
    return spawnSync(process.execPath, call, { encoding: 'utf8', cwd: folder.path })
  } finally {
    folder.remove()
  }
}

it('are named where they are faulty, and silent where they are correct', { timeout: 300_000 }, () => {
  const { stdout, stderr, status } = runHistories(histories)
  const wrong = stdout.match(/^✗.*(?:\n {4}.*)*/gm) ?? []
  expect({ wrong, stderr, status }).toEqual({ wrong: [], stderr: '', status: 0 })
  for (const { id } of histories) expect(stdout).toContain(` ${id}`)
})

it('end with 1 where one is not what it was expected to be', () => {
  const correct = histories.filter(({ id }) => id === 'drop-column/correct')
  const { stdout, status } = runHistories(correct.map((history) => ({ ...history, expect: 'named' })))
  expect(stdout).toContain('✗ silent drop-column/correct (expected named)')
  expect(status).toBe(1)
})
