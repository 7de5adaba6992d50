/**
 * Names of the validation rules, as they stand in an error's `rule`: those of the seed, and further ones in the
 * same style (contract section 2).
 */
export const ruleNames = [
  'required_fields_present',
  'email_format',
  'email_length_limit',
  'name_field_length',
  'organization_name_length',
  'phone_format_if_provided',
  'notes_length_limit',
  'status_enum_constraint',
  'role_title_length',
  'current_solution_length',
  'preferred_demo_timing_length',
  'organization_size_enum_constraint',
  'source_enum_constraint',
  'forbidden_characters',
  'unknown_field',
  'reason_length',
  'lost_reason_enum_constraint',
  'deal_value_range',
  'version_of_a_change',
  'fields_of_a_change',
  'demo_at_format',
  'demo_minutes_range',
  'demo_location_length',
] as const;
export type RuleName = (typeof ruleNames)[number];

/** One broken rule of one field. `message` is for people and never holds what they typed. */
export interface FieldError {
  field: string;
  rule: RuleName;
  message: string;
}
