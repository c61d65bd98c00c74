import { formatCount } from '../../../count.ts'
import type { CrashResults, Results } from '../../model.ts'
import { Limit, NotRun, Section, Table } from '../parts.tsx'
import { Timeline } from '../timeline.tsx'
import { Figure } from './kills.tsx'

/** What is left when the power or the disk fails. */
export function Crash({ results: { crash } }: { readonly results: Results }) {
  const lead =
    'On a simulated disk, the power failed between operations, and calls of the disk failed. What was left was opened, judged, and upgraded again.'
  return (
    <Section id="crash" title="Power and disk failures" lead={lead}>
      {crash === null ? <NotRun what="Nothing was broken: run crash." /> : <Sweep crash={crash} />}
      <Limit limitedTo={crash?.limitedTo} />
    </Section>
  )
}

function Sweep({ crash }: { readonly crash: CrashResults }) {
  const { images, points, faults, bad, seed, timeline, imagesPerSecond } = crash
  return (
    <>
      <dl class="figures">
        <Figure value={formatCount(points)} name="power failures" />
        <Figure value={formatCount(images)} name="different disks" />
        <Figure value={formatCount(faults)} name="disk faults" />
        <Figure value={formatCount(bad)} name="bad" isBad={bad > 0} />
        <Figure value={formatCount(Math.round(imagesPerSecond))} name="disks per second" />
        <Figure value={`${seed}`} name="seed" />
      </dl>
      {timeline === null ? null : <Timeline timeline={timeline} />}
      <Paths crash={crash} />
    </>
  )
}

function Paths({ crash: { parts } }: { readonly crash: CrashResults }) {
  const keys = [...new Set(parts.map(({ path, journalMode }) => JSON.stringify([path, journalMode])))]
  const sum = (own: CrashResults['parts'], countOf: (part: CrashResults['parts'][number]) => number) =>
    formatCount(own.reduce((total, part) => total + countOf(part), 0))
  return (
    <Table caption="What was broken, by the file that was upgraded" class="paths">
      <thead>
        <tr>
          <th scope="col">Upgrade of</th>
          <th scope="col">Journal</th>
          <th scope="col">Power failures</th>
          <th scope="col">Disks</th>
          <th scope="col">Disk faults</th>
          <th scope="col">Errors reported</th>
          <th scope="col">Upgraded again</th>
          <th scope="col">Bad</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => {
          const own = parts.filter(({ path, journalMode }) => JSON.stringify([path, journalMode]) === key)
          const [first] = own
          return (
            <tr key={key}>
              <th scope="row">
                <code>{first?.path}</code>
              </th>
              <td>{first?.journalMode}</td>
              <td class="number">{sum(own, ({ points }) => points)}</td>
              <td class="number">{sum(own, ({ images }) => images)}</td>
              <td class="number">{sum(own, ({ faults }) => faults)}</td>
              <td class="number">{sum(own, ({ refused }) => refused)}</td>
              <td class="number">{sum(own, ({ reruns }) => reruns)}</td>
              <td class={`number ${own.some(({ bad }) => bad > 0) ? 'bad' : 'good'}`}>
                {sum(own, ({ bad }) => bad)}
              </td>
            </tr>
          )
        })}
      </tbody>
    </Table>
  )
}
