import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { listCanaries } from './canaries.ts'
import { describeFinding } from './findings.ts'
import { defaultsOf, runSequences } from './run-sequences.ts'

const usage = `Runs random sequences of upgrades, restores, kills and failing disks against the built command line.

Usage: npm run torture -- [options]

Options:
  --seed NUMBER       the seed of the first sequence; the others have the numbers after it (1)
  --sequences NUMBER  how many sequences (100)
  --jobs NUMBER       how many at a time (one for each processor)
  --output FOLDER     where findings are written (torture-findings)
  --folder FOLDER     the folder for the files of the sequences (a file system in memory, where there is one)
  --canary NAME       plant a mistake, which must be found: lost-locks, stale-sidecars or shared-draft
  --keep              keep the files of each sequence
`

/** @returns the exit code: 0 without a finding */
export async function main(project: string, parameters: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      seed: { type: 'string', default: '1' },
      sequences: { type: 'string', default: '100' },
      jobs: { type: 'string', default: `${availableParallelism()}` },
      output: { type: 'string', default: 'torture-findings' },
      folder: { type: 'string' },
      canary: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const [seed, sequences, jobs] = [values.seed, values.sequences, values.jobs].map(Number)
  if (![seed, sequences, jobs].every((number) => Number.isSafeInteger(number) && Number(number) > 0)) {
    process.stderr.write('Error: --seed, --sequences and --jobs are whole numbers from 1 on.\n')
    return 2
  }
  const canary = values.canary === undefined ? undefined : listCanaries(project)[values.canary]
  if (values.canary !== undefined && canary === undefined) {
    process.stderr.write(`Error: --canary is one of ${Object.keys(listCanaries(project)).join(', ')}.\n`)
    return 2
  }
  const defaults = defaultsOf(project, values.folder)
  const output = resolve(values.output)
  let isStopping = false
  const stop = () => {
    if (isStopping) process.exit(130)
    isStopping = true
    process.stderr.write('Ending the sequences that run; press again to end at once.\n')
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
  const summary = await runSequences({
    ...defaults,
    programs: { ...defaults.programs, ...canary?.programs },
    ...(canary === undefined ? {} : { weights: canary.weights }),
    first: Number(seed),
    count: Number(sequences),
    jobs: Number(jobs),
    goesOn: () => !isStopping,
    isKept: values.keep,
    onResult: (result, finished) => {
      if (result.violations.length > 0) {
        mkdirSync(output, { recursive: true })
        writeFileSync(join(output, `seed-${result.seed}.txt`), `${describeFinding(result)}\n`)
        process.stdout.write(`${describeFinding(result)}\n\n`)
      }
      if (finished % 50 === 0)
        process.stderr.write(`${finished} of ${sequences} sequences, the last one ${result.seed}\n`)
    },
  })
  process.stdout.write(`${summary.text}\n`)
  return summary.findings.length === 0 ? 0 : 1
}
