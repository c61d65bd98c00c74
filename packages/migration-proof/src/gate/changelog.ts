/** A section of a changelog: all from one heading of the second level to the next. */
interface Section {
  readonly heading: string
  /** The lines below the heading. */
  readonly lines: readonly string[]
}

/** What a changelog becomes with a release. */
export interface ChangelogRelease {
  readonly version: string
  /** The day of the release, as 2026-01-31. */
  readonly date: string
  /** The lines about what no one has written about, without their list marks. */
  readonly additions: readonly string[]
}

/**
 * The day on which a version was released, as its changelog says; null where it has no dated section of it.
 * The form is that of https://keepachangelog.com
 */
export function releaseDateOf(changelog: string, version: string): string | null {
  for (const { heading } of readSections(changelog).sections) {
    const [, date] = /(\d{4}-\d{2}-\d{2})\s*$/.exec(heading) ?? []
    if (date !== undefined && versionOf(heading) === version) return date
  }
  return null
}

/**
 * The changelog with what was unreleased under a version and its day, and a new, empty section for what comes next.
 * What people wrote stays; additions follow it.
 */
export function releaseChangelog(changelog: string, { version, date, additions }: ChangelogRelease): string {
  const { preamble, sections } = readSections(changelog)
  const index = sections.findIndex((section) => isUnreleased(section, version))
  const found = sections[index]
  const inBrackets = /\[/.test((found ?? sections[0])?.heading ?? '')
  const [open, title] = inBrackets ? ['[Unreleased]', `[${version}]`] : ['Unreleased', version]
  const released = { heading: `## ${title} - ${date}`, lines: withAdditions(found?.lines ?? [], additions) }
  const others = sections.filter((section) => section !== found)
  const start = found === undefined ? 0 : index
  const all = [
    ...others.slice(0, start),
    { heading: `## ${open}`, lines: [''] },
    released,
    ...others.slice(start),
  ]
  return [...preamble, ...all.flatMap(({ heading, lines }) => [heading, ...lines])].join('\n')
}

function readSections(changelog: string): { readonly preamble: string[]; readonly sections: Section[] } {
  const lines = changelog.split('\n')
  const starts = lines.flatMap((line, index) => (line.startsWith('## ') ? [index] : []))
  const sections = starts.map((start, number) => ({
    heading: lines[start] ?? '',
    lines: lines.slice(start + 1, starts[number + 1]),
  }))
  return { preamble: lines.slice(0, starts[0]), sections }
}

/** The section of what is not released: under that name, or under the version without a day. */
function isUnreleased({ heading }: Section, version: string): boolean {
  if (/^## \[?unreleased\]?/i.test(heading)) return true
  return versionOf(heading) === version && !/\d{4}-\d{2}-\d{2}\s*$/.test(heading)
}

function versionOf(heading: string): string | null {
  const [, version] = /^## \[?v?(\d+\.\d+\.\d+[^\s\],]*)/.exec(heading) ?? []
  return version ?? null
}

function withAdditions(lines: readonly string[], additions: readonly string[]): string[] {
  const end = lines.findLastIndex((line) => line.trim() !== '')
  const written = lines.slice(0, end + 1)
  const added = additions.map((addition) => `- ${addition}`)
  // A list goes on without a gap; a new one begins after an empty line.
  const isList = /^\s*[-*] |^ {2}\S/.test(written.at(-1) ?? '')
  const gap = added.length === 0 || isList ? [] : ['']
  return [
    ...(written.length === 0 && added.length === 0 ? ['', '- No new migration.'] : written),
    ...gap,
    ...added,
    '',
  ]
}
