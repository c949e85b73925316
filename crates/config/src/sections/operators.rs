//! `[operators]`.

use super::{
    parse::{boolean, text},
    section,
};

section! {
    /// `[operators]`
    Operators, "operators" {
        /// `owner` of tasks that set none.
        default_owner: String = text,
        /// `deferrable` of operators that can be deferred.
        default_deferrable: bool = boolean,
        /// `queue` of tasks that set none.
        default_queue: String = text,
        /// Unknown arguments of operators are only warned of.
        allow_illegal_arguments: bool = boolean,
    }
}
