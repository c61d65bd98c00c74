// @ts-check
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from '../support/child.mjs'
import { median } from '../support/statistics.mjs'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/**
 * `npm test` without the engines of tests/containers, once, and the share of each tier in the time that the tests
 * themselves took.
 */
export function measureTests() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const output = join(folder, 'results.json')
  const vitest = join(root, 'node_modules', '.bin', 'vitest')
  const { wallSeconds, cpuSeconds } = runChild([
    vitest,
    'run',
    '--root',
    root,
    '--project',
    'migrations',
    '--reporter',
    'json',
    '--outputFile',
    output,
  ])
  const { testResults } = JSON.parse(readFileSync(output, 'utf8'))
  rmSync(folder, { recursive: true })
  /** @type {Record<string, number>} */
  const tiers = {}
  for (const { name, startTime, endTime } of testResults) {
    const [, tier = 'other'] = name.slice(root.length).split(sep)
    tiers[tier] = (tiers[tier] ?? 0) + (endTime - startTime) / 1000
  }
  const total = Object.values(tiers).reduce((sum, seconds) => sum + seconds, 0)
  // The time that Node takes to start shows how fast the machine is.
  const starts = Array.from({ length: 9 }, () => runChild([process.execPath, '-e', '0']).wallSeconds)
  return {
    wallSeconds,
    cpuSeconds,
    nodeSeconds: median(starts),
    shares: Object.fromEntries(Object.entries(tiers).map(([tier, seconds]) => [tier, seconds / total])),
  }
}
