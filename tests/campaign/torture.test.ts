// Goal: hundreds of sequences that no run before had: the seeds go on from night to night.
import { expect, it } from 'vitest'
import { packageFolder } from '../../packages/migration-proof/tests/support/command-line.ts'
import { canRun, need } from '../../packages/migration-proof/tests/support/needs.ts'
import { describeFinding } from '../../packages/migration-proof/tests/torture/findings.ts'
import { defaultsOf, runSequences } from '../../packages/migration-proof/tests/torture/run-sequences.ts'

const canTrace = canRun('strace', '-f', '--seccomp-bpf', '-o', '/dev/null', 'bash', '--version')
const machine = need('Linux with strace and bash', canTrace)
const count = Number(process.env.TORTURE_SEQUENCES ?? 400)
const nightly = Math.floor(Date.now() / 86_400_000) * 1000

it.skipIf(!machine.isMet)(`${count} random sequences keep every promise about files`, async () => {
  const first = Number(process.env.TORTURE_SEED ?? nightly)
  const { findings, text } = await runSequences({ ...defaultsOf(packageFolder), first, count, jobs: 2 })
  console.log(`Seeds from ${first} on: ${text}`)
  expect(findings.map(describeFinding), text).toEqual([])
})
