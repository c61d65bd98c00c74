import type { FamilyName } from '../behaviour/campaign.ts'
import type { Problem } from '../problem.ts'

/** What a test runner is given to run: one thing that an upgrade must prove. */
export interface UpgradeTest {
  readonly name: string
  /** @throws what stopped the proof */
  prove(): Outcome | Promise<Outcome>
}

/** What a test found. */
export interface Outcome {
  /** What is wrong; none where it is proven. */
  readonly problems: readonly Problem[]
  /** What is reported instead of the problems in full, such as a counterexample. */
  readonly message?: string
}

/** Tests that share what they open. */
export interface UpgradeGroup {
  readonly name: string
  readonly tests: readonly UpgradeTest[]
  /** Closes what they opened, after the last of them. */
  close(): void | Promise<void>
}

export const partNames = [
  'fixtures',
  'declarations',
  'upgrades',
  'examples',
  'behaviour',
  'contracts',
  'properties',
  'regressions',
] as const

/** A part of the tests. */
export type PartName = (typeof partNames)[number]

/** What `describeUpgrades` makes tests of; by default all that a config declares. */
export interface DescribeOptions {
  /**
   * The parts, in this order. `fixtures`: what `freeze --check` proves. `declarations`: golden schemas against declared tables.
   * `upgrades`: each check on each snapshot. `examples`: each example of `dataChanges`. `behaviour`, `contracts` and `properties`:
   * what the declared tables and statements do. `regressions`: kept counterexamples.
   */
  readonly parts?: readonly PartName[]
  /** `'latest'`, the default, or `'every'` for each version that a snapshot can be upgraded to. */
  readonly targets?: 'latest' | 'every'
  /** The families of random tests, each with its number of runs; all by default. FC_RUNS multiplies it. */
  readonly properties?: Readonly<Partial<Record<FamilyName, number>>>
  /** How many rows a family must try at least, where all its tests run. */
  readonly leastRows?: Readonly<Partial<Record<FamilyName, number>>>
  /** What runs one file of tests, for the command that repeats a counterexample. */
  readonly repeat?: string
}

/** All tests of one config. */
export interface UpgradeTests {
  /** The name of its database. */
  readonly name: string
  readonly groups: readonly UpgradeGroup[]
  /** Ends what the tests ran in. */
  end(): void
}

/** What a test runner offers, by the names of most of them. */
export interface TestRunner {
  describe(name: string, define: () => void): void
  it(name: string, run: () => Promise<void>, limitMilliseconds: number): void
  afterAll(run: () => Promise<void>): void
  /** Whether it shows by itself how `actual` and `expected` of an error differ. */
  readonly showsDifference: boolean
}
