/** A whole number as a person reads it: `1,048,576`. */
export function formatCount(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A number with its noun: `1 row`, `10,000 rows`. */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** The positions in a list of some length, spread evenly from the first to the last, and no more than a limit of them. */
export function spread(length: number, limit: number): number[] {
  const steps = Array.from({ length: Math.min(length, limit) }, (_, step) => step)
  if (length <= limit || limit < 2) return steps
  return steps.map((step) => Math.round((step * (length - 1)) / (limit - 1)))
}
