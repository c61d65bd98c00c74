import { defineCommand } from 'citty'
import type { Problem } from '../problem.ts'
import { checkFixtures } from '../snapshots/check.ts'
import type { OnFixture } from '../snapshots/declaration.ts'
import { type FreezeReport, prepareFreeze, refuseContradictions } from '../snapshots/freeze.ts'
import { latestFormat } from '../snapshots/ledger.ts'
import { configArgument, findConfigFile } from './config-file.ts'
import { type ExitCode, exitCodes, refuseTogether, UsageError } from './errors.ts'
import { loadConfig } from './load-config.ts'
import { problemsOfFixtures, renderFixtureCheck, renderFreeze } from './output/fixtures.ts'
import { formatArguments, printIn, readFormat } from './output/format.ts'
import { print, printJson } from './output/print.ts'
import { progressOn, startPace } from './output/progress.ts'
import { countChangesAfter, renderChanges } from './output/row-changes.ts'
import { styleFor } from './output/style.ts'
import { addTimes, renderTiming, type Timing, timingArgument } from './output/timing.ts'
import { findUnfinished, printUnfinished } from './unfinished.ts'

export const freezeCommand = defineCommand({
  meta: {
    name: 'freeze',
    description:
      'Freeze what is missing of the snapshots, golden schemas and their ledger, so that every later change of ' +
      'them is seen. What is frozen is never changed. What has no text yet is drafted: read it, delete its first ' +
      'lines, and run this again.',
    examples: [
      { call: 'freeze', does: 'draft what is missing, and freeze what was reviewed' },
      { call: 'freeze --check', does: 'build all of it again and prove that nothing changed' },
      {
        call: 'freeze --release',
        does: 'prove the new version, freeze what its release needs, and note it in CHANGELOG.md',
      },
    ],
  },
  args: {
    check: { type: 'boolean', description: 'change nothing; build all again and compare it with the ledger' },
    'accept-drafts': {
      type: 'boolean',
      description: 'take every draft as read and freeze it, unless it names what a migration lost',
    },
    refreeze: {
      type: 'string',
      valueHint: 'name',
      description:
        're-freeze this one, such as v7 or snapshots/v7, or several with commas between them, although people may hold such files',
    },
    release: {
      type: 'boolean',
      description:
        'prove the upgrades to the new version, freeze what its release needs, all or nothing, and note it in CHANGELOG.md',
    },
    'ledger-format': {
      type: 'string',
      valueHint: 'number',
      description:
        'convert a ledger of an older format: 2 also pins ids, names, declarations, sources and checksums, and keeps all that is there',
    },
    from: {
      type: 'string',
      valueHint: 'file',
      description:
        'draft the rows of the snapshot --name from this database file that a release left; the file is only read',
    },
    name: { type: 'string', valueHint: 'name', description: 'the snapshot that --from makes, such as v3' },
    'keep-values': {
      type: 'boolean',
      description: 'let --from keep the values, and not replace them by synthetic ones of the same shape',
    },
    date: {
      type: 'string',
      valueHint: 'day',
      description: 'the day of the release in CHANGELOG.md, instead of today (UTC)',
    },
    timing: timingArgument,
    config: configArgument,
    ...formatArguments,
  },
  run: async ({ args }) => {
    const {
      check,
      release,
      date,
      refreeze,
      timing: isTimed,
      'accept-drafts': acceptDrafts,
      'ledger-format': ledger,
    } = args
    const format = readFormat(args)
    const ledgerFormat = readLedgerFormat(ledger)
    const writing = { refreeze, 'accept-drafts': acceptDrafts, 'ledger-format': ledger }
    if (!check && (format === 'junit' || format === 'github')) throw formatWithoutCheck(format)
    if (args.from !== undefined)
      refuseTogether('from', 'which drafts one snapshot', { check, release, timing: isTimed, ...writing })
    else if (args.name !== undefined || args['keep-values']) throw withoutFrom(args.name)
    if (check) refuseTogether('check', 'which changes nothing', writing)
    if (release) {
      refuseTogether('release', 'which freezes what was reviewed', { timing: isTimed, ...writing })
      return (await import('./release.ts')).freezeRelease({ ...args, json: format === 'json' })
    }
    if (date !== undefined) throw dateWithoutRelease(date)
    const configFile = findConfigFile(args.config)
    const suite = await loadConfig(configFile)
    if (check) {
      const start = performance.now()
      const { result: report, timing } = followFixtures((onFixture) => checkFixtures(suite, { onFixture }))
      const problems = problemsOfFixtures(suite, report.failures)
      const style = styleFor(process.stdout)
      await printIn(format, {
        suite: suite.name,
        json: { checked: report.checked, problems, ...(isTimed === true ? { timing } : {}) },
        text: () =>
          [
            renderFixtureCheck(report, problems, style),
            ...(isTimed === true ? [renderTiming(timing, style)] : []),
          ].join('\n\n'),
        parts: { fixtures: { durationMilliseconds: performance.now() - start, problems } },
        problems,
      })
      return exitCodeOf(problems)
    }
    if (args.from !== undefined) {
      const options = {
        name: args.name,
        keepsValues: args['keep-values'] === true,
        isJson: format === 'json',
      }
      return (await import('./freeze-from.ts')).freezeFrom(suite, args.from, options)
    }
    const unfinished = findUnfinished(suite, configFile)
    if (unfinished.length > 0) return printUnfinished(unfinished, format)
    const options = {
      acceptDrafts: acceptDrafts === true,
      ...(refreeze === undefined ? {} : { refreeze }),
      ...(ledgerFormat === null ? {} : { ledgerFormat }),
    }
    const { result, timing } = followFixtures((onFixture) =>
      refuseContradictions(suite, prepareFreeze(suite, { ...options, onFixture })),
    )
    const { report, write } = result
    write()
    const { failures, ...done } = report
    const problems = problemsOfFixtures(suite, failures)
    const rowChanges = countChangesAfter(suite, report.frozen)
    const style = styleFor(process.stdout)
    if (format === 'json')
      printJson({ ...done, rowChanges, problems, ...(isTimed === true ? { timing } : {}) })
    else
      print(
        [
          renderFreeze(report, problems, style, refreeze),
          ...renderChanges(rowChanges, style),
          ...(isTimed === true ? ['', renderTiming(timing, style)] : []),
        ].join('\n'),
      )
    return hasOpenLosses(report) ? exitCodes.notProven : exitCodeOf(problems)
  },
})

/** Shows how far work on fixtures is, and measures each of them. What comes after the last one is counted to it. */
function followFixtures<Result>(work: (onFixture: OnFixture) => Result): {
  readonly result: Result
  readonly timing: Timing
} {
  const progress = progressOn(process.stderr)
  const pace = startPace()
  const begun: { readonly fixture: string; readonly at: number }[] = []
  try {
    const result = work((fixture, done, total) => {
      const at = performance.now()
      begun.push({ fixture, at })
      progress.show(`${done + 1} of ${total}: ${fixture}`, pace(done / total))
    })
    const end = performance.now()
    const times = begun.map(
      ({ fixture, at }, index) => [fixture, (begun[index + 1]?.at ?? end) - at] as const,
    )
    return { result, timing: { fixture: addTimes(times) } }
  } finally {
    progress.clear()
  }
}

function formatWithoutCheck(format: string): UsageError {
  return new UsageError({
    where: `--format ${format}`,
    expected: '--check beside it, which changes nothing',
    actual: 'none',
    fix: 'add --check, or leave --format out',
  })
}

/** @throws {UsageError} when a ledger cannot be converted to it */
function readLedgerFormat(text: string | undefined): typeof latestFormat | null {
  if (text === undefined) return null
  if (text === `${latestFormat}`) return latestFormat
  throw new UsageError({
    where: '--ledger-format',
    expected: `${latestFormat}, which new ledgers have`,
    actual: `'${text}'`,
    fix: 'leave it out to keep the format of the ledger',
  })
}

/** Whether something that is lost waits for a decision that an earlier run has asked for. */
function hasOpenLosses({ losses, drafted }: FreezeReport): boolean {
  return losses.some(({ fixture }) => !drafted.includes(fixture))
}

function dateWithoutRelease(date: string): UsageError {
  return new UsageError({
    where: `--date ${date}`,
    expected: '--release beside it',
    actual: 'none',
    fix: 'add --release, or leave the day out',
  })
}

function withoutFrom(name: string | undefined): UsageError {
  return new UsageError({
    where: name === undefined ? '--keep-values' : `--name ${name}`,
    expected: '--from beside it',
    actual: 'none',
    fix: 'add --from FILE, or leave it out',
  })
}

function exitCodeOf(problems: readonly Problem[]): ExitCode {
  return problems.length === 0 ? exitCodes.proven : exitCodes.notProven
}
