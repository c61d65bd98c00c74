import { failureOf } from './failure.ts'
import type { TestRunner, UpgradeTest, UpgradeTests } from './model.ts'

/** A proof of a large file takes minutes. What never settles is stopped by the proof itself. */
const limitMilliseconds = 3_600_000

/** Defines the tests in a test runner, those of each group in a `describe` of its own. */
export function defineTests(runner: TestRunner, { name, groups, end }: UpgradeTests): void {
  runner.describe(name, () => {
    for (const { name: group, tests, close } of groups)
      runner.describe(group, () => {
        for (const test of tests)
          runner.it(test.name, () => runTest(test, runner.showsDifference), limitMilliseconds)
        runner.afterAll(async () => close())
      })
    runner.afterAll(async () => end())
  })
}

async function runTest({ prove }: UpgradeTest, showsDifference: boolean): Promise<void> {
  const { problems, message } = await prove()
  if (problems.length > 0) throw failureOf(problems, showsDifference, message)
}
