/** How many generated rows each test file tries at least. Together they are what `npm test` promises. */
export const leastRows = {
  constraints: 78_000,
  expiry: 13_500,
  model: 2_100,
  differential: 6_400,
  'old data': 2_000,
} as const

export const PROMISED_ROWS = 100_000
