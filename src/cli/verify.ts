import { defineCommand } from 'citty'
import { DiagnosedError } from '../harness/errors.ts'
import { checks } from '../harness/proof/checks/index.ts'
import type { Suite } from '../harness/proof/suite.ts'
import { type UpgradeProof, verifyUpgrade } from '../harness/proof/verify.ts'
import { FixtureError } from '../harness/snapshots/errors.ts'
import { UsageError } from './errors.ts'
import { exitCodes } from './exit-codes.ts'
import { loadSuite, suiteArgument } from './load-suite.ts'
import { printJson } from './output/json.ts'
import { progressOn } from './output/progress.ts'
import { renderProofs } from './output/proofs.ts'
import { styleFor } from './output/style.ts'
import { suggest } from './suggest.ts'

export const verifyCommand = defineCommand({
  meta: {
    name: 'verify',
    description:
      'Upgrade a private copy of every snapshot to the latest version and prove that nothing was lost and ' +
      'that the schema is as it must be.',
  },
  args: {
    snapshot: { type: 'string', valueHint: 'name', description: 'verify this snapshot only' },
    suite: suiteArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const suite = await loadSuite(args.suite)
    const names = chooseSnapshots(suite, args.snapshot)
    const start = performance.now()
    const proofs = verifySnapshots(suite, names)
    const durationMilliseconds = performance.now() - start
    const outcome = proofs.every((proof) => proof.outcome === 'passed') ? 'passed' : 'failed'
    if (args.json) {
      const proven = checks.map(({ name, proves }) => ({ name, proves }))
      printJson({ suite: suite.name, outcome, durationMilliseconds, checks: proven, snapshots: proofs })
    } else {
      const repeat = (snapshot: string) => repeatCommand(snapshot, args.suite)
      const style = styleFor(process.stdout)
      const width = process.stdout.columns ?? 80
      process.stdout.write(`${renderProofs(proofs, { style, width, repeat, durationMilliseconds })}\n`)
    }
    return outcome === 'passed' ? exitCodes.proven : exitCodes.notProven
  },
})

function chooseSnapshots(suite: Suite, name: string | undefined): readonly string[] {
  const names = suite.snapshots.map((snapshot) => snapshot.name)
  if (names.length === 0) {
    throw new DiagnosedError({
      where: `Suite ${suite.name}`,
      expected: 'at least one snapshot',
      actual: 'none, so that nothing would be proven',
      remedy: 'declare the files that people still hold',
    })
  }
  if (name === undefined) return names
  if (names.includes(name)) return [name]
  const near = suggest(name, names)
  throw new UsageError({
    where: '--snapshot',
    expected: `one of ${names.join(', ')}`,
    actual: `'${name}'`,
    remedy: near === null ? 'choose one of them' : `perhaps ${near} was meant`,
  })
}

function verifySnapshots(suite: Suite, names: readonly string[]): UpgradeProof[] {
  const progress = progressOn(process.stderr)
  try {
    return names.map((name, place) => {
      const counter = `${place + 1} of ${names.length}: ${name}`
      progress.show(counter)
      return verifySnapshot(suite, name, (check) => progress.show(`${counter}, ${check} done`))
    })
  } finally {
    progress.clear()
  }
}

/** A snapshot that is missing or changed is a failure like any other: those after it are still verified. */
function verifySnapshot(suite: Suite, name: string, onCheck: (check: string) => void): UpgradeProof {
  const start = performance.now()
  try {
    return verifyUpgrade(suite, name, { onCheck: (_, { check }) => onCheck(check) })
  } catch (error) {
    if (!(error instanceof FixtureError)) throw error
    const { where, expected, actual } = error.diagnosis
    const version = suite.snapshots.find((snapshot) => snapshot.name === name)?.version ?? 0
    const failure = { object: where, expected, actual: `${actual}; ${error.diagnosis.remedy}` }
    const durationMilliseconds = performance.now() - start
    return {
      snapshot: name,
      from: version,
      to: suite.plan.migrations.length,
      outcome: 'failed',
      checks: [{ check: 'snapshot', outcome: 'failed', failures: [failure], durationMilliseconds }],
    }
  }
}

function repeatCommand(snapshot: string, suiteFile: string | undefined): string {
  if (suiteFile === undefined) return `npm run verify -- --snapshot ${snapshot}`
  return `npx quickslice-migrations verify --snapshot ${snapshot} --suite ${suiteFile}`
}
