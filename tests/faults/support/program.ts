import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import { makePrivateFolder } from '../../../src/harness/index.ts'

const source = fileURLToPath(new URL('../programs/upgrade.mjs', import.meta.url))
const engine = createRequire(import.meta.url).resolve('better-sqlite3')

/**
 * Bundles the program that upgrades files, of which many tests start a process each: one CommonJS file with nothing
 * but what it needs starts in two thirds of the time that the modules of the package take.
 */
export async function bundleProgram(): Promise<string> {
  const folder = makePrivateFolder()
  process.once('exit', () => folder.remove())
  const outfile = join(folder.path, 'upgrade.cjs')
  await build({
    input: source,
    platform: 'node',
    // Outside of the project nothing finds a package by its name.
    resolve: { alias: { 'better-sqlite3': engine } },
    external: [engine],
    // That it leaves out what has no side effects, as the package says of itself, is what it is asked to do.
    logLevel: 'silent',
    output: { file: outfile, format: 'cjs' },
  })
  return outfile
}
