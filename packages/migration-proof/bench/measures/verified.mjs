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
 * What `upgrade` does under its lock, compared with the shell, which only runs the statements. The integrity checks of
 * the backup and of the result are measured separately: they read each entry of each index, which the shell never does.
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
      comparison: () => upgrade(source, target, config),
      journal: () => upgrade(source, target, [...config, '--quick']),
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
    withIntegrityBesideShell: ratioOf(of(name, 'wholeSeconds'), of('shell', 'verifiedSeconds')),
  })
  return {
    shellSeconds: median(of('shell', 'verifiedSeconds')),
    comparison: describe('comparison'),
    journal: describe('journal'),
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
  const { report } = JSON.parse(json)
  rmSync(report.backup)
  const seconds = (milliseconds) => milliseconds / 1000
  const durationOf = (name) => seconds(report.proofs.find(({ proof }) => proof === name).durationMilliseconds)
  const { migrationMilliseconds, proofMilliseconds, backupMilliseconds } = report.durations
  const wholeSeconds = seconds(migrationMilliseconds + proofMilliseconds)
  return {
    migrationSeconds: seconds(migrationMilliseconds),
    rowsSeconds: durationOf('rows'),
    integritySeconds: durationOf('integrity'),
    backupSeconds: seconds(backupMilliseconds),
    memoryMegabytes: Number(peak),
    wholeSeconds,
    verifiedSeconds: wholeSeconds - durationOf('integrity'),
  }
}
