/** Minutes east of UTC. */
type Zone = number

/** The methods of Date that read or write a part of the local time, each with the one that does so in UTC. */
const parts = ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'] as const
const texts = ['toString', 'toDateString', 'toTimeString'] as const
const localisedTexts = ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'] as const

/**
 * Runs the work as on a machine in another time zone: the local times of JavaScript's Date are those of that zone. In a
 * worker thread `process.env.TZ` changes nothing.
 *
 * @param zone in minutes east of UTC
 */
export function withTimeZone<Result>(zone: Zone, work: () => Result): Result {
  const { Date: real } = globalThis
  const originals = Object.getOwnPropertyDescriptors(real.prototype)
  const shift = zone * 60_000
  const shifted = (date: Date) => new real(date.getTime() + shift)
  const redefine = (name: keyof Date & string, value: (this: Date, ...values: never[]) => unknown) =>
    Object.defineProperty(real.prototype, name, { ...originals[name], value })
  const backTo = (date: Date, time: number) => originals.setTime.value?.call(date, time - shift)
  try {
    redefine('getTimezoneOffset', () => -zone)
    redefine('getDay', function () {
      return shifted(this).getUTCDay()
    })
    for (const part of parts) {
      redefine(`get${part}`, function () {
        return shifted(this)[`getUTC${part}`]()
      })
      redefine(`set${part}`, function (...values: [number]) {
        return backTo(this, shifted(this)[`setUTC${part}`](...values))
      })
    }
    for (const name of texts)
      redefine(name, function () {
        return originals[name].value?.call(shifted(this)) ?? ''
      })
    for (const name of localisedTexts)
      redefine(name, function (locales?: Intl.LocalesArgument, options: Intl.DateTimeFormatOptions = {}) {
        const inUtc = { timeZone: 'UTC', ...options }
        const date = options.timeZone === undefined ? shifted(this) : this
        return originals[name].value?.call(date, locales, inUtc) ?? ''
      })
    globalThis.Date = new Proxy(real, {
      construct: (target, values, newTarget) =>
        Reflect.construct(target, inZone(values, shift, real), newTarget),
      get: (target, key) =>
        key === 'parse' ? (text: string) => parseInZone(text, shift, real) : Reflect.get(target, key),
    })
    return work()
  } finally {
    globalThis.Date = real
    Object.defineProperties(real.prototype, originals)
  }
}

/** What `new Date(…)` is given, as it means the same time in UTC. */
function inZone(values: readonly unknown[], shift: number, real: DateConstructor): unknown[] {
  const [first] = values
  if (values.length > 1) return [real.UTC(...(values as [number, number])) - shift]
  return typeof first === 'string' ? [parseInZone(first, shift, real)] : [...values]
}

/** A text that names no zone is a local time, but for a date alone. https://tc39.es/ecma262/#sec-date.parse */
function parseInZone(text: string, shift: number, real: DateConstructor): number {
  const namesZone = /(?:z|gmt|utc|[+-]\d\d:?\d\d)\s*(?:\(.*\))?$/i.test(text)
  const isDate = /^\d{4}(?:-\d\d){0,2}$/.test(text)
  const inUtc = namesZone || isDate ? Number.NaN : real.parse(`${text}Z`)
  return Number.isNaN(inUtc) ? real.parse(text) : inUtc - shift
}
