/** Points in time as people read them. */

/** Today's are told by the hour, others by the day. @param iso ISO 8601 */
export function formatMoment(iso: string, now: Date = new Date()): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return iso;
  const hour = moment.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  if (moment.toDateString() === now.toDateString()) return `today, ${hour}`;
  const year = moment.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' as const };
  return `${moment.toLocaleDateString(undefined, { day: 'numeric', month: 'short', ...year })}, ${hour}`;
}
