// @ts-check
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { command } from '../support/forum.mjs'
import { writeHistory } from '../support/history.mjs'
import { median } from '../support/statistics.mjs'

/**
 * How wrong the time is that long commands say is left, after a tenth of the time that they then took: each size of history is run
 * several times, in a terminal of its own.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export async function measureProgress({ folder, rounds, versions, crashVersions }) {
  return {
    verify: await measure(folder, versions, rounds, ['verify', '--no-cache']),
    crash: await measure(folder, crashVersions, rounds, ['crash']),
    mutate: await measure(folder, crashVersions, rounds, ['mutate']),
  }
}

/** @param {string} folder @param {readonly number[]} sizes @param {number} rounds @param {readonly string[]} words */
async function measure(folder, sizes, rounds, words) {
  const runs = []
  for (const versions of sizes) {
    const project = join(folder, `progress-${versions}`)
    writeHistory(project, { versions })
    await follow(project, ['freeze'])
    await follow(project, ['freeze', '--accept-drafts'])
    for (let round = 0; round < rounds; round++)
      runs.push({ versions, ...judge(await follow(project, words)) })
    rmSync(project, { recursive: true })
  }
  return { runs, medianError: median(runs.map(({ error }) => error)) }
}

/**
 * The estimate that was shown last within the first tenth, and where none was, the first one.
 *
 * @param {{ seconds: number, estimates: { at: number, left: number }[] }} run
 */
function judge({ seconds, estimates }) {
  const early = estimates.filter(({ at }) => at <= seconds / 10)
  const { at, left } = early.at(-1) ?? estimates[0] ?? { at: seconds / 10, left: 0 }
  const actual = seconds - at
  return { seconds, at, left, error: Math.abs(left - actual) / actual }
}

/**
 * Runs a command in a terminal, and notes when it says how long it still takes.
 *
 * @param {string} project @param {readonly string[]} words
 * @returns {Promise<{ seconds: number, estimates: { at: number, left: number }[] }>}
 */
function follow(project, words) {
  const config = join(project, 'migration-proof.config.mjs')
  const line = [process.execPath, command, ...words, '--config', config].map((word) => `'${word}'`).join(' ')
  const start = performance.now()
  const now = () => (performance.now() - start) / 1000
  /** @type {{ at: number, left: number }[]} */
  const estimates = []
  return new Promise((resolve, reject) => {
    const terminal = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    terminal.on('error', reject)
    terminal.stdout.on('data', (chunk) => {
      for (const [, number, unit = ''] of String(chunk).matchAll(/about (\d+) (s|min|h) left/g))
        estimates.push({ at: now(), left: Number(number) * (secondsOf[unit] ?? 1) })
    })
    // Findings of the generated history are no failure of the measure.
    terminal.on('close', () => resolve({ seconds: now(), estimates }))
  })
}

/** @type {Readonly<Record<string, number>>} */
const secondsOf = { s: 1, min: 60, h: 3600 }
