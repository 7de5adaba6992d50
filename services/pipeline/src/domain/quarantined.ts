/** A submission that looked like a bot's: kept for sales to judge. */
export interface QuarantinedSubmission {
  id: string;
  received_at: Date;
  /** What made it suspect. */
  reason: string;
  /** What was typed, unchecked. */
  fields: Record<string, unknown>;
  attribution: Record<string, unknown> | null;
  ip_address: string | null;
  released_at: Date | null;
  released_by: string | null;
  /** The lead that the release made or updated. */
  lead_id: string | null;
}
