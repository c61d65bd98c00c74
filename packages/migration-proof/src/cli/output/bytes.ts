const units = ['kB', 'MB', 'GB', 'TB'] as const

/** An amount of memory or disk as a person reads it, in powers of 1000: `512 bytes`, `4.1 kB`, `881 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} byte${bytes === 1 ? '' : 's'}`
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** power
  return `${amount < 99.95 ? amount.toFixed(1) : Math.round(amount)} ${units[power - 1]}`
}
