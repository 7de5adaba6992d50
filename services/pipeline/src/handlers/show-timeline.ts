/** Who did something: a key or a user of the API, the visitor, or a part of the product. */
export interface Who {
  /** `key:<id>`, `user:<id>`, `visitor`, `notification` or `system`. */
  id: string;
  /** What people call it; null where it has no name, or the key is gone. */
  name: string | null;
}

/** One thing that happened to a lead. What else it holds depends on the kind. */
export interface TimelineEntry {
  kind: 'submission' | 'edit' | 'transition' | 'mail' | 'retry' | 'demo';
  at: string;
  who: Who;
  /** The version that it made; null where it made none: a mail, asking for one again, the demo. */
  version: number | null;
  [detail: string]: unknown;
}

export interface Timeline {
  /** What happened, oldest first, at most the newest 500; undefined for an unknown lead. */
  of(leadId: string): Promise<TimelineEntry[] | undefined>;
}
