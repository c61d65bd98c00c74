import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'rolldown'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { packageFolder } from './command-line.ts'

/**
 * Bundles a program that tests start in processes of its own: one CommonJS file with nothing but what it needs starts
 * in two thirds of the time that the modules of the package take.
 *
 * @returns the path of the bundle, which is removed when this process ends
 */
export async function bundleProgram(source: string): Promise<string> {
  const folder = makePrivateFolder()
  process.once('exit', () => folder.remove())
  // Outside of the repository nothing finds a package by its name.
  symlinkSync(join(packageFolder, '../../node_modules'), join(folder.path, 'node_modules'), 'junction')
  const outfile = join(folder.path, 'program.cjs')
  await build({
    input: source,
    platform: 'node',
    external: ['better-sqlite3'],
    // That it leaves out what has no side effects, as the package says of itself, is what it is asked to do.
    logLevel: 'silent',
    output: { file: outfile, format: 'cjs' },
  })
  return outfile
}
