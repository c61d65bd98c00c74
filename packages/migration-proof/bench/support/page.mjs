// @ts-check
/** @typedef {import('./statistics.mjs').Ratio} Ratio */

/** A claim, its target, and how to read it from the results. */
const claims = [
  sized(
    'upgrade',
    'upgrade vs. the sqlite3 shell with the same statements',
    1.05,
    (r) => r.contenders.own.besideShell,
  ),
  sized('upgrade', 'the same, in CPU', null, (r) => r.contenders.own.cpuBesideShell),
  ...['dbmate', 'kysely', 'drizzle', 'knex', 'umzug'].map((peer) =>
    sized('upgrade', `upgrade vs. ${peer}`, 1.05, (r) => r.besidePeer[peer]),
  ),
  sized(
    'verified',
    'migrations and every proof but integrity_check, rows compared, vs. the shell without proofs',
    1.6,
    (r) => r.default?.besideShell,
  ),
  sized('verified', 'the same with --quick', 1.2, (r) => r.quick?.besideShell),
  sized(
    'verified',
    'backup, migrations and all proofs of `upgrade`, vs. the shell, which proves nothing',
    5,
    (r) => r.default?.lockedBesideShell,
  ),
  sized('verified', 'the same with --quick', null, (r) => r.quick?.lockedBesideShell),
  sized('verified', 'the same with --thorough', null, (r) => r.thorough?.lockedBesideShell),
  sized('row-proof', 'proof of all rows vs. one `.sha3sum`', 0.4, (r) => r.besideSha3sum),
  sized('row-proof', 'the same, in CPU', null, (r) => r.cpuBesideSha3sum),
  single(
    'fuzz',
    'generated rows with real error codes vs. their replay, rows per second',
    0.5,
    (r) => r.besideReplay,
    'at least',
  ),
  single(
    'snapshots',
    'private snapshot copies vs. opened file copies, copies per second',
    5,
    (r) => r.besideFile,
    'at least',
  ),
  single('start', '`inspect` from start to end vs. bare Node', 1.4, (r) => r.besideNode),
]

function sized(measure, title, target, read, direction = 'at most') {
  return {
    measure,
    title,
    target,
    direction,
    read: (results) =>
      Object.entries(results)
        .map(([records, result]) => ({ size: Number(records), ratio: read(result) }))
        .filter(({ ratio }) => ratio !== undefined),
  }
}

function single(measure, title, target, read, direction = 'at most') {
  return { measure, title, target, direction, read: (result) => [{ size: null, ratio: read(result) }] }
}

/**
 * The page of the docs, from the results alone.
 *
 * @param {Record<string, any>} results
 */
export function renderPage(results) {
  const rows = claims.flatMap((claim) => {
    const result = results[claim.measure]
    return result === undefined
      ? []
      : claim.read(result).map(({ size, ratio }) => renderRow(claim, size, ratio))
  })
  return `# Performance

\`npm run bench\` measures this; with \`--write\` it writes this page and [performance.json](performance.json). What a row
compares was run in turns; each figure is the median of the ratios of the pairs, with the least and the most. Ratios are
similar on other machines, times are not.

| measure | records | target | measured | least to most | pairs |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}

${[renderContenders(results.upgrade), renderGrowth(results.upgrade), renderVerified(results.verified), renderEstimates(results.verified), renderRows(results.rows), renderHistory(results.history), renderTests(results.tests), renderMachines(results), limits].filter((part) => part !== '').join('\n\n')}
`
}

/** Small files show what is fixed and what grows; the targets are for those of a million records. */
const leastSize = 1_000_000

function renderRow({ title, target: wanted, direction }, size, ratio) {
  const target = size !== null && size < leastSize ? null : wanted
  const isMet = target === null || (direction === 'at most' ? ratio.median <= target : ratio.median >= target)
  const goal = target === null ? '–' : `${direction} ${target}`
  const measured = `${ratio.median.toFixed(2)}${isMet ? '' : ' (missed)'}`
  const records = size === null ? '–' : size.toLocaleString('en')
  return `| ${title} | ${records} | ${goal} | ${measured} | ${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)} | ${ratio.pairs} |`
}

/** The machine does other things too, so the elapsed time says less than the CPU time of a contender. */
function renderContenders(upgrade = {}) {
  return Object.entries(upgrade)
    .map(([records, { contenders }]) => {
      const lines = Object.entries(contenders).map(([name, { wallSeconds, cpuSeconds, cpuBesideShell }]) => {
        const { median, least, most } = cpuBesideShell
        return `| ${name === 'own' ? '**this package**' : name} | ${wallSeconds.toFixed(1)} | ${cpuSeconds.toFixed(2)} | ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)}) |`
      })
      return `Upgrade of ${Number(records).toLocaleString('en')} records, medians:

| program | seconds | seconds of CPU | CPU vs. the shell |
| --- | ---: | ---: | ---: |
${lines.join('\n')}`
    })
    .join('\n\n')
}

function renderGrowth(upgrade = {}) {
  const [small, large] = [upgrade[1_000_000], upgrade[4_000_000]]
  if (small === undefined || large === undefined) return ''
  // Seconds of two machines cannot be compared.
  if (nameMachine(small) !== nameMachine(large)) return ''
  const growth = large.contenders.own.cpuSeconds / small.contenders.own.cpuSeconds
  return `From 1 to 4 million records the CPU of the upgrade grows ${growth.toFixed(2)} times (target: at most 4.4).`
}

function renderVerified(verified = {}) {
  return Object.entries(verified)
    .map(([records, { shellSeconds, ...levels }]) => {
      const lines = ['default', 'quick', 'thorough'].map((level) => {
        const r = levels[level]
        return `| ${level === 'default' ? level : `\`--${level}\``} | ${r.backupSeconds.toFixed(1)} | ${r.migrationSeconds.toFixed(1)} | ${r.rowsSeconds.toFixed(1)} | ${r.integritySeconds.toFixed(1)} | ${r.lockedSeconds.toFixed(1)} | ${r.largestMemoryMegabytes} |`
      })
      return `\`upgrade\` of ${Number(records).toLocaleString('en')} records, by level ([upgrade.md](upgrade.md) says what each proves), median seconds:

| level | backup, with the check of the file | migrations | proof of rows | check of the result | locked in all | MB of memory, at most |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${lines.join('\n')}

The shell, which proves nothing, took ${shellSeconds.toFixed(1)} s.`
    })
    .join('\n\n')
}

/** The time for which a file is locked, as it is printed before. */
function renderEstimates(verified = {}) {
  const sizes = Object.keys(verified).map((records) => Number(records).toLocaleString('en'))
  if (sizes.length === 0) return ''
  const middle = (numbers) => numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)]
  const percent = (part) => `${part > 0 ? '+' : ''}${Math.round(100 * part)} %`
  const lines = ['default', 'quick', 'thorough'].map((level) => {
    const bySize = Object.values(verified).map((result) => result[level].estimateErrors)
    const all = bySize.flat()
    const error = middle(all.map(Math.abs))
    return `| ${level === 'default' ? level : `\`--${level}\``} | ${bySize.map((errors) => percent(middle(errors))).join(' | ')} | ${Math.round(100 * error)} %${error > 0.3 && level === 'default' ? ' (missed)' : ''} | ${percent(Math.min(...all))} to ${percent(Math.max(...all))} |`
  })
  return `The time for which the file is locked, as \`upgrade\` prints it before, against the time that it was: the median error of each size, and
of all ${Object.values(verified).reduce((sum, result) => sum + result.default.estimateErrors.length, 0)} runs without its sign (target by default: at most 30 %).

| level | ${sizes.join(' | ')} | all sizes | least to most |
| --- | ${sizes.map(() => '---:').join(' | ')} | ---: | ---: |
${lines.join('\n')}`
}

function renderRows(rows) {
  if (rows === undefined) return ''
  const {
    schemas,
    tables,
    tablesWithRows,
    constraints,
    brokenAlone,
    unbreakable,
    mutants,
    equivalent,
    killed,
  } = rows
  const killable = mutants - equivalent
  const lines = [
    ['tables with rows', `${tablesWithRows} of ${tables}`, 'all'],
    [
      'constraints broken alone, or with the reason why not',
      `${brokenAlone + unbreakable} of ${constraints}, ${unbreakable} with a reason`,
      'all',
    ],
    [
      'mutants killed by INSERT alone, without the equivalent ones',
      `${killed.toLocaleString('en')} of ${killable.toLocaleString('en')}`,
      'all',
    ],
    ['mean share of the schemas', `${(100 * rows.meanShare).toFixed(1)} %`, 'at least 99.5 %'],
    [
      'mutants that are equivalent, each with a reason',
      `${equivalent} of ${mutants.toLocaleString('en')}`,
      '–',
    ],
    ['rows', rows.rows.toLocaleString('en'), '–'],
    ['seconds of CPU to find them', rows.cpuSeconds.toFixed(1), 'at most 3'],
  ]
  return `Rows that are generated for ${schemas} published schemas, with nothing declared ([rows.md](rows.md) says what is compared):

| claim | measured | target |
| --- | ---: | ---: |
${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`
}

/** The cost of a history by the number of its versions; `drawHistory` draws it. */
function renderHistory(history) {
  if (history === undefined) return ''
  const { sizes, calibrationSeconds, rounds, mutate = [], crashes = [] } = history
  const lines = sizes.map(({ versions, verify, next, lint }, position) => {
    const before = sizes[position - 1]
    const growth =
      before === undefined
        ? '–'
        : `${(verify.cpuSeconds / before.verify.cpuSeconds).toFixed(1)} times that of ${before.versions}`
    const isMissed = versions === 100 && verify.cpuSeconds > 25
    return `| ${versions} | ${verify.cpuSeconds.toFixed(1)}${isMissed ? ' (missed)' : ''} | ${growth} | ${verify.memoryMegabytes} | ${next.cpuSeconds.toFixed(1)} | ${lint.cpuSeconds.toFixed(1)} |`
  })
  const mutated = mutate.map(
    ({ versions, mutants, cpuSeconds }) =>
      `${cpuSeconds.toFixed(0)} s for the ${mutants} mutants of ${versions} versions (${((1000 * cpuSeconds) / mutants).toFixed(0)} ms each)`,
  )
  const ofMutants = mutated.length === 0 ? '' : `\`mutate\` took ${mutated.join(', and ')} of CPU.\n\n`
  return `Histories that are generated, a fifth of whose versions rebuild a table and a fifth change rows, with a snapshot of each version
(targets for 100 versions: at most 25 seconds and 300 MB, and 3 seconds after one more version, with what is known; for twice the versions, at most 4.2 times the time, since all
snapshots together take half the square of the versions in steps):

![Seconds of CPU of verify by the number of versions](history.svg)

| versions | seconds of CPU of \`verify\` | growth | its memory, MB | after one more version | seconds of CPU of \`lint\` |
| ---: | ---: | ---: | ---: | ---: | ---: |
${lines.join('\n')}

${ofMutants}${renderCrashes(crashes)}Medians of ${rounds}; a loop of 300 million steps took ${calibrationSeconds.toFixed(2)} s in the same run. Verifiers of other projects (drift's and
SQLDelight's) are no npm packages, so that none runs beside it.`
}

/** @param {readonly { versions: number, crash: { cpuSeconds: number } }[]} crashes */
function renderCrashes(crashes) {
  if (crashes.length === 0) return ''
  const costs = crashes.map(
    ({ versions, crash }) => `${crash.cpuSeconds.toFixed(0)} s of CPU for ${versions} versions`,
  )
  return `\`crash\` took ${costs.join(', ')} (target: at most 120 s for 20, and three times that for 40).\n\n`
}

/**
 * The curve of the page, readable on light and dark ground.
 *
 * @param {Record<string, any>} history
 */
export function drawHistory({ sizes }) {
  const [width, height, left, bottom] = [480, 240, 48, 36]
  const most = Math.max(...sizes.map(({ verify }) => verify.cpuSeconds))
  const last = Math.max(...sizes.map(({ versions }) => versions))
  const x = (versions) => Math.round(left + (versions / last) * (width - left - 16))
  const y = (seconds) => Math.round(height - bottom - (seconds / most) * (height - bottom - 24))
  const points = sizes.map(({ versions, verify }) => `${x(versions)},${y(verify.cpuSeconds)}`)
  const marks = sizes.map(
    ({
      versions,
      verify,
    }) => `  <circle cx="${x(versions)}" cy="${y(verify.cpuSeconds)}" r="4" fill="#3b82f6"/>
  <text x="${x(versions)}" y="${y(verify.cpuSeconds) - 8}" text-anchor="end">${verify.cpuSeconds.toFixed(1)} s</text>
  <text x="${x(versions)}" y="${height - bottom + 16}" text-anchor="middle">${versions}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#6b7280" role="img">
  <title>Seconds of CPU of verify by the number of versions</title>
  <path d="M${left} 16V${height - bottom}H${width - 8}" fill="none" stroke="#9ca3af"/>
  <polyline points="${x(0)},${y(0)} ${points.join(' ')}" fill="none" stroke="#3b82f6" stroke-width="2"/>
${marks.join('\n')}
  <text x="${width - 8}" y="${height - 4}" text-anchor="end">versions</text>
</svg>
`
}

function renderTests(tests) {
  if (tests === undefined) return ''
  const shares = Object.entries(tests.shares)
    .sort(([, left], [, right]) => right - left)
    .map(([tier, share]) => `${tier} ${Math.round(share * 100)} %`)
  return `\`npm test\` without the engines of tests/containers took ${tests.wallSeconds.toFixed(0)} s (target: at most 45), ${tests.cpuSeconds.toFixed(0)} s of CPU, where Node needs ${Math.round(1000 * tests.nodeSeconds)} ms to start and end: ${shares.join(', ')}.`
}

/** What the profiles showed. Written by hand: check it when a figure changes. */
const limits = `## What limits them

The upgrades beside other migrators and the proof of all rows were measured with another history, whose file has five indexes;
that of the benchmarks now has two. Measure again before you compare. The levels were measured while other work kept both
processors busy, with a load of 7 to 9: their ratios and errors vary more than on a machine of its own, and all times are long.

- **\`integrity_check\`** looks up each entry of each index in its tree: 8 seconds of CPU for a file of 0.7 GB with two
  indexes, and 13 with three, where \`quick_check\` takes one. So only \`--thorough\` runs it on the whole file. With SQLite's
  default cache of 2 MB it takes a third longer than with the 32 MB used here, and with a memory map half as long, but then the
  memory of the process grows with the file.
- **The time that is printed before** comes from a sample of 20,000 rows that is tried three times. What others do on the
  machine meanwhile changes a short run more than a long one, and files that take less than a second are locked for longer than
  it says, since the start of a process and the proofs without rows are a part of that.
- **The proof of rows** reads both files, and the upgraded one again to count it, page by page: a third of its time goes
  into reading pages that are in memory already, the rest into SQLite's comparison of the values, and none into
  JavaScript. The ratio to a hash depends on the processor, since the shell computes its hash in portable C: on three
  machines it was 0.28, 0.40 and 0.69, while the proof took about as long.
- **Generated rows**: half of the time is SQL, which the replay runs as well; generating the values takes a fifth, reading
  back each table a tenth.
- **The tests** keep both processors busy to the end, so only less work makes them faster. Loading modules, in two threads,
  is a fifth of it; the fault tests start more than thirty processes, which takes longer than what these do. The tests of
  the harness and its commands take three times as long and run separately: \`npm run test:harness\`.
- **\`inspect\`**: loading better-sqlite3 takes a sixth to a fifth of the time of bare Node, before anything is done. Of the
  rest, half is loading and compiling modules, not including the SQL parser, and no single part takes more than a tenth. The target is from
  a time when it looked at less: since then it also judges journals and logs that lie beside the file.`

function nameMachine({ machine }) {
  return `${machine.processors} processors (${machine.processor}), ${machine.system}, Node ${machine.node}, better-sqlite3 with SQLite ${machine.sqlite}, sqlite3 shell ${machine.shell}`
}

/** Measures are repeated one by one, and not always on the same machine. */
function renderMachines(results) {
  /** @type {Map<string, { titles: Set<string>, loads: number[] }>} */
  const machines = new Map()
  for (const [measure, result] of Object.entries(results)) {
    const sized = Object.entries(result).map(([size, { machine, date }]) => ({
      title: `${measure} of ${Number(size).toLocaleString('en')}${date === undefined ? '' : ` (${date})`}`,
      machine,
    }))
    const single = {
      title: `${measure}${result.date === undefined ? '' : ` (${result.date})`}`,
      machine: result.machine,
    }
    for (const { title, machine } of result.machine ? [single] : sized) {
      const name = nameMachine({ machine })
      const known = machines.get(name) ?? { titles: new Set(), loads: [] }
      machines.set(name, known)
      known.titles.add(title)
      known.loads.push(machine.loadBefore)
    }
  }
  return [...machines]
    .map(([name, { titles, loads }]) => {
      const range = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`
      return `Measured on ${name}, with a load of ${range} before each measure: ${[...titles].join(', ')}.`
    })
    .join('\n\n')
}
