// @ts-check
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runChild } from '../support/child.mjs'
import { freshCopy } from '../support/files.mjs'
import { generateFile } from '../support/generate.mjs'
import { interleave, median, ratioOf } from '../support/statistics.mjs'

const prover = fileURLToPath(new URL('../peers/prove-rows.mjs', import.meta.url))

/**
 * The proof that two files hold the same rows, compared with one hash of one file by the shell. Comparing two files by
 * hashes takes two.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export function measureRowProof({ folder, records, rounds }) {
  const source = generateFile(folder, records)
  const copy = join(folder, 'rows.db')
  freshCopy(source, copy)
  const seconds = ({ wallSeconds, cpuSeconds }) => ({ wallSeconds, cpuSeconds })
  const runs = interleave(
    {
      proof: () => seconds(runChild([process.execPath, prover, copy, source])),
      sha3sum: () => seconds(runChild(['sqlite3', '-readonly', source, '.sha3sum'])),
    },
    rounds,
  )
  rmSync(copy)
  const wall = (name) => runs[name]?.map(({ wallSeconds }) => wallSeconds) ?? []
  const cpu = (name) => runs[name]?.map(({ cpuSeconds }) => cpuSeconds) ?? []
  return {
    proofSeconds: median(wall('proof')),
    sha3sumSeconds: median(wall('sha3sum')),
    besideSha3sum: ratioOf(wall('proof'), wall('sha3sum')),
    cpuBesideSha3sum: ratioOf(cpu('proof'), cpu('sha3sum')),
  }
}
