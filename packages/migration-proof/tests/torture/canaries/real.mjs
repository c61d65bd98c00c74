// @ts-check
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../../dist/cli/main.cjs', import.meta.url))

/**
 * Runs the real command line.
 *
 * @param {string[]} parameters
 * @param {'inherit' | 'pipe'} output where its standard output goes
 */
export function runReal(parameters, output = 'inherit') {
  return spawnSync(process.execPath, [program, ...parameters], {
    stdio: ['inherit', output, 'inherit'],
    encoding: 'utf8',
  })
}
