import { readFileSync } from 'node:fs'
import { searchUpwards } from '../cli/config-file.ts'
import { loadConfig } from '../cli/load-config.ts'
import { exitProcess } from '../cli/process/guard.ts'
import { errorMessage } from '../errors.ts'
import { listGroups } from './groups.ts'
import type { MatchRequest } from './matchers.ts'
import type { Outcome, UpgradeGroup } from './model.ts'
import { proveMatch } from './prove-match.ts'
import { answerMark, type HostReply, type HostRequest, type HostStart, type TestList } from './remote.ts'

/** The process that lists or proves the tests of a config for a test runner in another one. */
async function main([mode, text = '']: readonly string[]): Promise<void> {
  const { config, folder, options, match }: HostStart = JSON.parse(text)
  const suite = await loadConfig(config ?? searchUpwards(folder))
  if (match !== undefined) return print({ problems: proveMatch(suite, readMatch(match)) })
  const groups = listGroups(suite, options)
  if (mode === 'serve') return serve(groups)
  print({
    name: suite.name,
    groups: groups.map(({ name, tests }) => ({ name, tests: tests.map((test) => test.name) })),
  })
}

function readMatch({ database, before, version }: NonNullable<HostStart['match']>): MatchRequest {
  const earlier = before === null ? {} : { before: readFileSync(before) }
  return { database: readFileSync(database), version, ...earlier }
}

function print(answer: TestList | Outcome): void {
  process.stdout.write(`\n${answerMark}${JSON.stringify(answer)}\n`, () => exitProcess(0))
}

function serve(groups: readonly UpgradeGroup[]): void {
  // One proof at a time: they stop the clock of this process.
  let last = Promise.resolve()
  process.on('message', (request: HostRequest) => {
    last = last.then(async () => {
      const reply = await answer(groups, request)
      process.send?.(reply)
    })
  })
  process.on('disconnect', () => exitProcess(0))
}

async function answer(groups: readonly UpgradeGroup[], request: HostRequest): Promise<HostReply> {
  const { id } = request
  try {
    if ('close' in request) {
      await groups[request.close]?.close()
      return { id, outcome: { problems: [] } }
    }
    const test = groups[request.group]?.tests[request.test]
    if (test === undefined)
      return { id, error: 'The config has changed since its tests were listed: run again.' }
    return { id, outcome: await test.prove() }
  } catch (error) {
    return { id, error: errorMessage(error) }
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${errorMessage(error)}\n`, () => exitProcess(2))
})
