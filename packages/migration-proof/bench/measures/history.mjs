// @ts-check
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from '../support/child.mjs'
import { command } from '../support/forum.mjs'
import { writeHistory } from '../support/history.mjs'
import { median } from '../support/statistics.mjs'

/**
 * What commands cost with the number of versions: CPU seconds of the whole process, beside those of a loop that is the same each time, so that two machines can be compared. Each version but the latest has a snapshot with rows.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export async function measureHistory({ folder, rounds, versions, crashVersions }) {
  const sizes = versions.map((count) => {
    const project = freezeHistory(folder, count)
    const verify = repeat(rounds, () => run(project, 'verify', '--no-cache'))
    const next = measureNext(folder, project, count, rounds)
    const lint = repeat(1, () => run(project, 'lint'))
    rmSync(project, { recursive: true })
    return { versions: count, verify, next, lint }
  })
  const mutate = mutatedVersions.map((count) => {
    const project = freezeHistory(folder, count)
    const runs = Array.from({ length: rounds }, () => run(project, 'mutate', '--json'))
    rmSync(project, { recursive: true })
    // Each mutant of the JSON has the checks that killed it.
    const mutants = (runs[0]?.stdout.match(/"killedBy"/g) ?? []).length
    return { versions: count, mutants, cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)) }
  })
  const crashes = crashVersions.map((count) => {
    const project = freezeHistory(folder, count)
    const crash = repeat(1, () => run(project, 'crash'))
    rmSync(project, { recursive: true })
    return { versions: count, crash }
  })
  return { calibrationSeconds: median(Array.from({ length: 5 }, calibrate)), sizes, mutate, crashes }
}

/**
 * `verify` after one more version, where all before it is known.
 *
 * @param {string} folder @param {string} before @param {number} versions @param {number} rounds
 */
function measureNext(folder, before, versions, rounds) {
  const project = join(folder, 'history-next')
  run(before, 'verify')
  const runs = Array.from({ length: rounds }, () => {
    writeHistory(project, { versions: versions + 1 })
    for (const part of ['fixtures', 'node_modules/.cache'])
      cpSync(join(before, part), join(project, part), { recursive: true })
    run(project, 'freeze')
    run(project, 'freeze', '--accept-drafts')
    return run(project, 'verify')
  })
  rmSync(project, { recursive: true })
  return repeat(runs.length, () => runs.pop() ?? { cpuSeconds: 0, memoryMegabytes: 0 })
}

/** The histories whose mutants are run: their number grows with the versions. */
const mutatedVersions = [20, 40]

/** @param {string} folder @param {number} versions @returns the folder of the project */
function freezeHistory(folder, versions) {
  const project = join(folder, `history-${versions}`)
  writeHistory(project, { versions })
  run(project, 'freeze')
  run(project, 'freeze', '--accept-drafts')
  return project
}

/** @param {number} rounds @param {() => { cpuSeconds: number, memoryMegabytes: number }} work */
function repeat(rounds, work) {
  const runs = Array.from({ length: rounds }, work)
  return {
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    memoryMegabytes: Math.max(...runs.map(({ memoryMegabytes }) => memoryMegabytes)),
  }
}

/** @param {string} project @param {...string} parameters */
function run(project, ...parameters) {
  const memory = fileURLToPath(new URL('../support/report-memory.cjs', import.meta.url))
  const config = join(project, 'migration-proof.config.mjs')
  // Findings of the generated history are no failure of the measure.
  const call = [process.execPath, '--require', memory, command, ...parameters, '--config', config]
  const { cpuSeconds, stdout } = runChild(['sh', '-c', '"$@" || [ $? -eq 1 ]', 'sh', ...call])
  const [, peak = ''] = stdout.split('peak memory: ')
  return { cpuSeconds, memoryMegabytes: Number.parseInt(peak, 10), stdout }
}

/** Seconds of CPU of a loop of whole numbers. */
function calibrate() {
  const start = process.cpuUsage().user
  let state = 1
  for (let step = 0; step < 300_000_000; step++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
  return (process.cpuUsage().user - start) / 1e6 + (state === 0 ? 1 : 0)
}
