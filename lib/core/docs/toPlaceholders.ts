import Handlebars from "handlebars";

/**
 * A default template, which is in Handlebars, in the placeholder syntax: `{{x}}` becomes `{x}`, a literal brace is
 * doubled. Undefined where it uses more of Handlebars than values, such as a condition.
 */
export function toPlaceholders(template: string): string | undefined {
  let text = "";
  for (const statement of Handlebars.parse(template).body) {
    if (isContent(statement)) text += statement.value.replaceAll(/[{}]/g, "$&$&");
    else if (isValue(statement)) text += `{${(statement.path as hbs.AST.PathExpression).original}}`;
    else return undefined;
  }
  return text;
}

function isContent(statement: hbs.AST.Statement): statement is hbs.AST.ContentStatement {
  return statement.type === "ContentStatement";
}

function isValue(statement: hbs.AST.Statement): statement is hbs.AST.MustacheStatement {
  if (statement.type !== "MustacheStatement") return false;
  const { path, params } = statement as hbs.AST.MustacheStatement;
  return params.length === 0 && path.type === "PathExpression" &&
    (path as hbs.AST.PathExpression).parts.length === 1;
}
