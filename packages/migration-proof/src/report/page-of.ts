import { checks } from '../checks/index.ts'
import { rules } from '../findings/rules/index.ts'

/** The path, from the folder of the package, of the page about a check or a rule; null where a code has none. */
export function pageOf(code: string): string | null {
  if (code === 'upgrade' || checks.some(({ name }) => name === code))
    return `docs/checks/${code.replaceAll(' ', '-')}.md`
  return rules.some((rule) => rule.code === code) ? `docs/rules/${code}.md` : null
}
