import type { DescribeOptions } from 'migration-proof/vitest'

/** How many generated rows each test file tries at least. Together they are what `npm test` promises. */
export const leastRows = {
  constraints: 78_000,
  expiry: 13_500,
  model: 2_100,
  differential: 6_400,
  'old data': 2_000,
} as const

export const PROMISED_ROWS = 100_000

/** The tests of a family of properties, and of how many rows they try; the command repeats a counterexample. */
export function propertyTests(properties: NonNullable<DescribeOptions['properties']>): DescribeOptions {
  return { parts: ['properties'], properties, leastRows, repeat: 'npx vitest run tests/property' }
}
