/** A compiled template: the object's members are the values it may use, by name. */
export type Template = (values: object) => string;
