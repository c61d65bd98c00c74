// @ts-check
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from '../support/child.mjs'
import { freshCopy } from '../support/files.mjs'
import { bundleConfig, command } from '../support/forum.mjs'
import { generateFile } from '../support/generate.mjs'
import { shellScript } from '../support/statements.mjs'
import { interleave, median, ratioOf } from '../support/statistics.mjs'

/**
 * What `upgrade` does under its lock at each level, compared with the shell, which only runs the statements; and how far the
 * time that it prints before was from that.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export async function measureVerified({ folder, records, rounds }) {
  const config = ['--config', await bundleConfig()]
  const source = generateFile(folder, records)
  const scratch = mkdtempSync(join(folder, 'verified-'))
  const target = join(scratch, 'data.db')
  const script = shellScript()
  const runs = interleave(
    {
      default: () => upgrade(source, target, config),
      quick: () => upgrade(source, target, [...config, '--quick']),
      thorough: () => upgrade(source, target, [...config, '--thorough']),
      shell: () => {
        freshCopy(source, target)
        const { wallSeconds, cpuSeconds } = runChild(['sqlite3', '-bail', target], { input: script })
        return { verifiedSeconds: wallSeconds, cpuSeconds }
      },
    },
    rounds,
  )
  rmSync(scratch, { recursive: true })
  const of = (name, field) => runs[name]?.map((run) => run[field] ?? Number.NaN) ?? []
  const describe = (name) => ({
    migrationSeconds: median(of(name, 'migrationSeconds')),
    rowsSeconds: median(of(name, 'rowsSeconds')),
    integritySeconds: median(of(name, 'integritySeconds')),
    backupSeconds: median(of(name, 'backupSeconds')),
    largestMemoryMegabytes: Math.max(...of(name, 'memoryMegabytes')),
    besideShell: ratioOf(of(name, 'verifiedSeconds'), of('shell', 'verifiedSeconds')),
    lockedSeconds: median(of(name, 'lockedSeconds')),
    lockedBesideShell: ratioOf(of(name, 'lockedSeconds'), of('shell', 'verifiedSeconds')),
    estimateErrors: of(name, 'estimateError'),
  })
  return {
    shellSeconds: median(of('shell', 'verifiedSeconds')),
    default: describe('default'),
    quick: describe('quick'),
    thorough: describe('thorough'),
  }
}

/**
 * @param {string} source
 * @param {string} target
 * @param {readonly string[]} options
 */
function upgrade(source, target, options) {
  freshCopy(source, target)
  const memory = fileURLToPath(new URL('../support/report-memory.cjs', import.meta.url))
  const { stdout } = runChild([
    process.execPath,
    '--require',
    memory,
    command,
    'upgrade',
    target,
    '--json',
    ...options,
  ])
  const [json = '', peak = ''] = stdout.split('peak memory: ')
  const { report, preview } = JSON.parse(json)
  rmSync(report.backup)
  const seconds = (milliseconds) => milliseconds / 1000
  const durationOf = (name) => seconds(report.proofs.find(({ proof }) => proof === name).durationMilliseconds)
  const { migrationMilliseconds, proofMilliseconds, backupMilliseconds, lockedMilliseconds } =
    report.durations
  return {
    migrationSeconds: seconds(migrationMilliseconds),
    rowsSeconds: durationOf('rows'),
    integritySeconds: durationOf('integrity'),
    backupSeconds: seconds(backupMilliseconds),
    memoryMegabytes: Number(peak),
    lockedSeconds: seconds(lockedMilliseconds),
    estimateError: preview.estimate.lockedMilliseconds / lockedMilliseconds - 1,
    verifiedSeconds: seconds(migrationMilliseconds + proofMilliseconds) - durationOf('integrity'),
  }
}
