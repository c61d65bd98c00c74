// @ts-check
import { spawnSync } from 'node:child_process'

/**
 * @typedef {object} Run
 * @property {number} wallSeconds
 * @property {number} cpuSeconds user and system, of the program and what it started
 * @property {string} stdout
 */

/**
 * Runs a program and measures it. The shell's `times` counts the CPU of its children:
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_27
 *
 * @param {readonly string[]} command
 * @param {{ input?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Run}
 */
export function runChild(command, { input = '', env = {} } = {}) {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', '"$@"; code=$?; times; exit $code', 'sh', ...command],
    {
      input,
      encoding: 'utf8',
      env: { ...process.env, ...env },
      maxBuffer: 2 ** 28,
    },
  )
  const wallSeconds = (performance.now() - start) / 1000
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${stderr || stdout}`)
  const lines = stdout.trimEnd().split('\n')
  const children = lines.at(-1) ?? ''
  const cpuSeconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds))
    .reduce((sum, part) => sum + part, 0)
  return { wallSeconds, cpuSeconds, stdout: lines.slice(0, -2).join('\n') }
}
