/** How many generated rows each test file tries at least. Together they are what `npm test` promises. */
export const leastRows = {
  constraints: 78_000,
  expiry: 13_000,
  model: 2_000,
  differential: 7_000,
  'old data': 2_000,
} as const

export const PROMISED_ROWS = 100_000
