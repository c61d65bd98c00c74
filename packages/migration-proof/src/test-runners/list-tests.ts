import type { Suite } from '../proof/suite.ts'
import { listGroups } from './groups.ts'
import type { MatchRequest } from './matchers.ts'
import type { DescribeOptions, Outcome, UpgradeTests } from './model.ts'
import { proveMatch } from './prove-match.ts'
import { listTestsOfFile, matchRemotely } from './remote.ts'

/** The tests of a config that was imported, which run in this process, or of the file of one, which run in another. */
export function listTests(config: Suite | string | URL | undefined, options: DescribeOptions): UpgradeTests {
  if (isPath(config)) return listTestsOfFile(config, options)
  return { name: config.name, groups: listGroups(config, options), end: () => {} }
}

/** What proves single databases of a config that was imported, or of the file of one. */
export function makeProver(config: Suite | string | URL | undefined): (request: MatchRequest) => Outcome {
  return isPath(config) ? matchRemotely(config) : (request) => ({ problems: proveMatch(config, request) })
}

function isPath(config: Suite | string | URL | undefined): config is string | URL | undefined {
  return config === undefined || typeof config === 'string' || config instanceof URL
}
