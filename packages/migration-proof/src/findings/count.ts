/** A number with its noun: `1 row`, `10,000 rows`. */
export function describeCount(count: number, noun: string): string {
  const digits = `${count}`.replace(/\B(?=(\d{3})+$)/g, ',')
  return `${digits} ${noun}${count === 1 ? '' : 's'}`
}
