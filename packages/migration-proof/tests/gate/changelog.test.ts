// Goal: a release turns what was unreleased into an entry with version and day, loses no line that people wrote,
// and a second run changes nothing.
import { describe, expect, it } from 'vitest'
import { releaseChangelog, releaseDateOf } from '../../src/gate/changelog.ts'
import { describeMigration } from '../../src/gate/describe-migration.ts'
import { definePlan } from '../../src/migrator/plan.ts'

const head = '# Changelog\n\nWhat changes.\n'
const old = '## 1.0.0 - 2025-01-31\n\n- The first.\n'
const release = { version: '1.1.0', date: '2026-01-31', additions: ['Migration v2 (tags).'] }

const cases = [
  {
    name: 'what is unreleased',
    before: `${head}\n## Unreleased\n\n- Faster, and\n  smaller.\n\n${old}`,
    after: `${head}\n## Unreleased\n\n## 1.1.0 - 2026-01-31\n\n- Faster, and\n  smaller.\n- Migration v2 (tags).\n\n${old}`,
  },
  {
    name: 'a version without a day',
    before: `${head}\n## 1.1.0, not released yet\n\n- Faster.\n\n${old}`,
    after: `${head}\n## Unreleased\n\n## 1.1.0 - 2026-01-31\n\n- Faster.\n- Migration v2 (tags).\n\n${old}`,
  },
  {
    name: 'headings in brackets',
    before: `${head}\n## [Unreleased]\n\n### Added\n\n- Faster.\n`,
    after: `${head}\n## [Unreleased]\n\n## [1.1.0] - 2026-01-31\n\n### Added\n\n- Faster.\n- Migration v2 (tags).\n`,
  },
  {
    name: 'nothing unreleased',
    before: `${head}\n${old}`,
    after: `${head}\n## Unreleased\n\n## 1.1.0 - 2026-01-31\n\n- Migration v2 (tags).\n\n${old}`,
  },
  {
    name: 'an empty place for it',
    before: `${head}\n## Unreleased\n\n${old}`,
    after: `${head}\n## Unreleased\n\n## 1.1.0 - 2026-01-31\n\n- Migration v2 (tags).\n\n${old}`,
  },
  {
    name: 'no version at all',
    before: head,
    after: `${head}\n## Unreleased\n\n## 1.1.0 - 2026-01-31\n\n- Migration v2 (tags).\n`,
  },
]

describe('a changelog', () => {
  it.for(cases)('with $name gets an entry', ({ before, after }) => {
    expect(releaseChangelog(before, release)).toBe(after)
  })

  it('knows the day of a release, and of no other', () => {
    const [{ after } = { after: '' }] = cases
    expect(releaseDateOf(after, '1.1.0')).toBe('2026-01-31')
    expect(releaseDateOf(after, '1.0.0')).toBe('2025-01-31')
    expect(releaseDateOf(after, '1.1')).toBeNull()
    expect(releaseDateOf('## 1.1.0, not released yet\n', '1.1.0')).toBeNull()
  })

  it('says so where a release brings no migration', () => {
    const entry = releaseChangelog(`${head}\n## Unreleased\n`, { ...release, additions: [] })
    expect(entry).toContain('## 1.1.0 - 2026-01-31\n\n- No new migration.\n')
  })
})

describe('a migration in a changelog', () => {
  const plan = definePlan([
    { version: 1, name: 'notes', up: (connection) => connection.exec('CREATE TABLE note (id INTEGER)') },
    {
      version: 2,
      name: 'tags',
      up: (connection) =>
        connection.exec(
          'CREATE TABLE tag (id INTEGER); CREATE INDEX tag_id ON tag (id); ALTER TABLE note ADD text',
        ),
    },
    {
      version: 3,
      name: 'no tags',
      up: (connection) => connection.exec('DROP TABLE tag'),
      dataChanges: [
        { table: 'tag', reason: 'no one used them' },
        {
          table: 'note',
          columns: { text: 'trim(text)' },
          rowsRemoved: 'text IS NULL',
          reason: 'notes have a text',
        },
      ],
    },
    {
      version: 4,
      name: 'names',
      up: () => {},
      dataChanges: [
        {
          table: 'note',
          columns: ['id'],
          renamedTo: 'memo',
          renamedColumns: { text: 'body' },
          rowsAdded: true,
          reason: 'x',
        },
      ],
    },
  ])

  it.for([
    [2, 'Migration v2 (tags): adds table `tag`, index `tag_id`; changes table `note`.'],
    [
      3,
      'Migration v3 (no tags): removes table `tag`, index `tag_id`. Rows of `tag`: it may go, and its rows may come, go and change (no one used them). Rows of `note`: text becomes trim(text); rows go where text IS NULL (notes have a text).',
    ],
    [
      4,
      'Migration v4 (names): no change of the schema. Rows of `note`: it is called memo; text is called body; id changes or goes; rows are added (x).',
    ],
  ] as const)('v%s says what it adds, removes and changes', ([version, line]) => {
    expect(describeMigration(plan, version)).toBe(line)
  })
})
