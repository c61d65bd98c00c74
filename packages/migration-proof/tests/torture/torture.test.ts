// Goal: whatever sequence of upgrades, restores, kills, crashes and failing disks a file goes through, no row and no
// file is lost, and no command says what is not so. Some sequences run here, hundreds in the campaign; planted mistakes
// show that the test would find one.
import { describe, expect, it } from 'vitest'
import { casesOf, isCampaign } from '../support/campaign.ts'
import { packageFolder } from '../support/command-line.ts'
import { canRun, need } from '../support/needs.ts'
import { listCanaries } from './canaries.ts'
import { describeFinding } from './findings.ts'
import { defaultsOf, runSequences } from './run-sequences.ts'

const canTrace = canRun('strace', '-f', '--seccomp-bpf', '-o', '/dev/null', 'bash', '--version')
const machine = need('Linux with strace and bash', canTrace)
/** Some hundred processes, on a machine that may be busy; of the campaign, thousands. */
const timeout = isCampaign ? 6 * 3_600_000 : 600_000
const defaults = defaultsOf(packageFolder)
const count = Number(process.env.TORTURE_SEQUENCES ?? (isCampaign ? 400 : 12))
/** The first seed. Those of the campaign go on from night to night. */
const first = Number(
  process.env.TORTURE_SEED ?? (isCampaign ? Math.floor(Date.now() / 86_400_000) * 1000 : 1),
)

describe.skipIf(!machine.isMet)(`random sequences (${machine.reason})`, () => {
  it('keep every promise about files', { timeout }, async () => {
    const { findings, text } = await runSequences({ ...defaults, first, count, jobs: 2 })
    if (isCampaign) console.log(`Seeds from ${first} on: ${text}`)
    expect(findings.map(describeFinding), text).toEqual([])
  })
})

describe.skipIf(!machine.isMet)(`planted mistakes (${machine.reason})`, () => {
  const canaries = Object.entries(listCanaries(packageFolder))
  it.for(casesOf(canaries, ([name]) => name, ['stale-sidecars']))(
    'are found: %s',
    { timeout },
    async ([, { programs, weights, foundAs }]) => {
      const { findings, text } = await runSequences({
        ...defaults,
        programs: { ...defaults.programs, ...programs },
        weights,
        first: 1,
        count: 20,
        jobs: 2,
        goesOn: (found) =>
          !found.some(({ violations }) => violations.some(({ kind }) => foundAs.includes(kind))),
      })
      const kinds = new Set(findings.flatMap(({ violations }) => violations.map(({ kind }) => kind)))
      expect(
        foundAs.some((kind) => kinds.has(kind)),
        `${text}\n${findings.map(describeFinding).join('\n')}`,
      ).toBe(true)
    },
  )
})
