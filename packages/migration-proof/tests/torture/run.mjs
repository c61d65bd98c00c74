#!/usr/bin/env node
// @ts-check
/** Builds the command line and this test, and runs sequences: `npm run torture -- --help`. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build as bundle } from 'rolldown'
import { build } from '../../../../tools/build.mjs'

const project = fileURLToPath(new URL('../..', import.meta.url))
const engine = createRequire(import.meta.url).resolve('better-sqlite3')
const folder = mkdtempSync(join(tmpdir(), 'torture-program-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

await build()
const file = join(folder, 'main.cjs')
await bundle({
  input: join(project, 'tests', 'torture', 'main.ts'),
  platform: 'node',
  // Packages are not resolved by name outside of the project.
  resolve: { alias: { 'better-sqlite3': engine } },
  external: [engine],
  logLevel: 'silent',
  output: { file, format: 'cjs' },
})
const { main } = await import(pathToFileURL(file).href)
process.exitCode = await main(project, process.argv.slice(2))
