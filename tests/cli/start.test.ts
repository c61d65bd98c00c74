// Goal: a command that answers at once loads no package that it does not need: the parser of SQL alone takes longer to load than
// `inspect` to answer.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runCommandLine } from '../support/command-line.ts'
import { makeScratchFolder } from '../support/scratch-folder.ts'

/** Notes the path of each module that is loaded. */
const witness = `
  const { appendFileSync } = require('node:fs')
  process.on('exit', () => appendFileSync(process.env.LOADED, Object.keys(require.cache).join('\\n')))`

it.each([
  { call: ['--version'], needs: [] },
  { call: ['status'], needs: ['bindings', 'better-sqlite3', 'file-uri-to-path', 'jiti'] },
  {
    call: ['inspect', 'fixtures/snapshots/v5.db'],
    needs: ['bindings', 'better-sqlite3', 'file-uri-to-path', 'jiti'],
  },
])('$call.0', ({ call, needs }) => {
  using scratch = makeScratchFolder()
  const hook = join(scratch.path, 'witness.cjs')
  const loaded = join(scratch.path, 'loaded')
  writeFileSync(hook, witness)
  const { exitCode, stderr } = runCommandLine(call, {
    env: { NODE_OPTIONS: `--require ${JSON.stringify(hook)}`, LOADED: loaded },
  })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const packages = [
    ...readFileSync(loaded, 'utf8').matchAll(/node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/\n]+)/g),
  ]
  expect(new Set(packages.map(([, name]) => name))).toEqual(new Set(needs))
})
